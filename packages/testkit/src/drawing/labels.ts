// The text beside a member's line, and the notes about faults and links.
import { describeCuts, describeFault, type FaultRecord, type Mark } from '../telling/index.ts'
import type { View } from './view.ts'
import { shortened } from './xml.ts'

/** Everything that happened at one member at one time. */
export interface Label {
  readonly at: number
  readonly place: number
  readonly text: string
  /** By the most important event in it. */
  readonly look: 'leader' | 'candidate' | 'asked' | 'down' | 'plain'
  readonly title: string
}

/** Signs and badges show the rest. */
const isSaid = ({ kind, at, role }: Mark): boolean =>
  kind !== 'applied' &&
  kind !== 'term' &&
  !(kind === 'start' && at === 0) &&
  !(kind === 'role' && role === 'follower')

function lookOf(marks: readonly Mark[]): Label['look'] {
  const has = (kind: Mark['kind'], role?: Mark['role']): boolean =>
    marks.some((mark) => mark.kind === kind && (role === undefined || mark.role === role))
  if (has('crash') || has('pause')) return 'down'
  if (has('role', 'leader')) return 'leader'
  if (has('role', 'candidate') || has('role', 'preCandidate')) return 'candidate'
  return has('asked') ? 'asked' : 'plain'
}

function sayingOf(marks: readonly Mark[]): string {
  const said = marks.filter(isSaid)
  // Of several commits in one turn, the last one is enough.
  const stands = said.some(({ kind }) => kind === 'role')
  const commits = said.filter(({ kind }) => kind === 'commit')
  return (
    said
      .filter((mark) => mark.kind !== 'commit' || mark === commits.at(-1))
      // A request to stand needs no mention where the member stands.
      .filter(({ text }) => !(stands && text === 'campaign'))
      .map(({ kind, role, text }) => (kind === 'role' && role === 'leader' ? `★ ${text}` : text))
      .join(' · ')
  )
}

/** Characters of a label. */
const MOST = 30

/** One label for each member and time, in the order of time. */
export function labelsOf({ marks }: View): Label[] {
  const groups = new Map<string, Mark[]>()
  for (const mark of marks) {
    const key = `${mark.place} ${mark.at}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [mark])
    else group.push(mark)
  }
  const labels: Label[] = []
  for (const group of groups.values()) {
    const { at, place } = group[0]!
    const whole = sayingOf(group)
    if (whole === '') continue
    labels.push({
      at,
      place,
      text: shortened(whole, MOST),
      look: lookOf(group),
      title: `${at.toFixed(3)} ms: ${whole}`,
    })
  }
  return labels
}

/** A fault or a cut, beside the members' lines. */
export interface Note {
  readonly at: number
  /** Null if it has no end, or none is known. */
  readonly until: number | null
  readonly text: string
  /** The member it is about, or null. */
  readonly place: number | null
}

const faultNote = (fault: FaultRecord, ids: readonly string[]): Note => ({
  at: fault.at,
  until: null,
  text: describeFault(fault),
  place: ids.indexOf(fault.victim),
})

/** Puts the notes of one time into one, which lasts as long as its links are cut. */
function joined(notes: readonly Note[]): Note[] {
  const byTime = new Map<number, Note>()
  for (const note of [...notes].sort((a, b) => a.at - b.at)) {
    const before = byTime.get(note.at)
    const until = before?.until ?? note.until
    byTime.set(
      note.at,
      before === undefined ? note : { ...before, until, text: `${before.text} · ${note.text}` },
    )
  }
  return [...byTime.values()]
}

export function notesOf({ faults, cuts, ids, since }: View): Note[] {
  const ofCuts = describeCuts(cuts, ids).map(
    ({ at, until, text }): Note => ({
      at: Math.max(at, since),
      until: until ?? Number.POSITIVE_INFINITY,
      text,
      place: null,
    }),
  )
  return joined([...faults.map((fault) => faultNote(fault, ids)), ...ofCuts])
}

// A short run, told in order: what was done to the cluster, who led, and what came of it.
import type { SimulatedMachine } from '../machine/index.ts'
import { type End, type Recording, record, type Schedule, type SimulationOptions } from '../runs/index.ts'
import { cutsInWords } from '../telling/index.ts'

interface Sentence {
  readonly at: number
  readonly text: string
  /** One of many, of which it is enough to say how many there were. */
  readonly isMinor?: boolean
}

/** More than this nobody reads: the beginning and the end. */
const MOST_LINES = 40

/** Marks that are worth a sentence in a tale of causes; the rest is in the diagram. */
const told: ReadonlySet<string> = new Set(['crash', 'start', 'asked', 'pause', 'resume', 'installed'])

function sentencesOf(recording: Recording): Sentence[] {
  const { ids, marks, faults, cuts } = recording
  const sentences: Sentence[] = []
  for (const { at, number, kind, victim } of faults)
    sentences.push({ at, text: `fault ${number} strikes ${victim}: ${kind}` })
  for (const { at, place, kind, text, role, term } of marks) {
    const leads = kind === 'role' && role === 'leader'
    if (!leads && (!told.has(kind) || at === 0)) continue
    sentences.push({
      at,
      text: leads
        ? `${ids[place]} leads term ${term}`
        : `${ids[place]} ${kind === 'asked' ? `is asked: ${text}` : text}`,
      isMinor: kind === 'asked' && /^(?:write|read) /.test(text),
    })
  }
  for (const { at, until, text } of cutsInWords(cuts, ids)) {
    sentences.push({ at, text })
    if (until !== null) sentences.push({ at: until, text: `no longer: ${text}` })
  }
  return sentences
}

/** In the order of time; what happens at one time is one line, the fault before what it does. */
function linesOf(sentences: readonly Sentence[]): string[] {
  const byTime = new Map<number, string[]>()
  for (const { at, text } of [...sentences].sort((a, b) => a.at - b.at)) {
    const texts = byTime.get(at)
    if (texts === undefined) byTime.set(at, [text])
    else texts.push(text)
  }
  return [...byTime].map(([at, texts]) => `${time(at)}  ${texts.join('; ')}`)
}

/** Of writes and reads between two other things, how many there were. */
function counted(sentences: readonly Sentence[]): Sentence[] {
  const out: Sentence[] = []
  let minor: Sentence[] = []
  const close = (): void => {
    if (minor.length > 2) out.push({ at: minor[0]!.at, text: `… ${minor.length} writes and reads` })
    else out.push(...minor)
    minor = []
  }
  for (const sentence of [...sentences].sort((a, b) => a.at - b.at)) {
    if (sentence.isMinor === true) minor.push(sentence)
    else {
      close()
      out.push(sentence)
    }
  }
  close()
  return out
}

const time = (at: number): string => `${at.toFixed(1)} ms`.padStart(12)

/** Cut in the middle if there are too many. */
function abridged(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines
  const half = MOST_LINES / 2
  return [
    ...lines.slice(0, half),
    `${'⋮'.padStart(12)}  ${lines.length - MOST_LINES} more`,
    ...lines.slice(-half),
  ]
}

/** What happened, line by line. */
export function tale(recording: Recording, { simulated, violation }: End): readonly string[] {
  const sentences = sentencesOf(recording)
  const whole = linesOf(sentences)
  const lines = whole.length > MOST_LINES ? linesOf(counted(sentences)) : whole
  const end = violation === null ? [] : [`${time(simulated)}  ${violation.checker}: ${violation.message}`]
  return [...abridged(lines), ...end]
}

/** Runs the schedule once more, and tells it. `also`: as for play(). */
export function tell<M extends SimulatedMachine = SimulatedMachine>(
  schedule: Schedule,
  also: SimulationOptions<M> = {},
): readonly string[] {
  const { recording, result } = record(schedule, also)
  return tale(recording, result)
}

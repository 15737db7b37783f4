// A recorded run, told in order: what was done to the cluster, which member led, and how it ended.
import { describeCuts } from './links.ts'
import type { End, FaultRecord, Mark, Recorded } from './recorded.ts'

interface Sentence {
  readonly at: number
  readonly text: string
  /** One of many alike: a long tale says only how many there were. */
  readonly isMinor?: boolean
}

/** A tale keeps its beginning and its end, and no more lines than this. */
const MOST_LINES = 40

/** Marks that may be the cause of something. A drawing shows the others too. */
const told: ReadonlySet<string> = new Set(['crash', 'start', 'asked', 'pause', 'resume', 'installed'])

export const describeFault = ({ number, kind, victim }: FaultRecord): string =>
  `fault ${number} strikes ${victim}: ${kind}`

function sentenceOf({ at, place, kind, text, role }: Mark, ids: readonly string[]): Sentence | null {
  const leads = kind === 'role' && role === 'leader'
  const begins = kind === 'start' && at === 0
  if (!leads && (!told.has(kind) || begins)) return null
  return {
    at,
    text: `${ids[place]} ${kind === 'asked' ? `is asked: ${text}` : text}`,
    isMinor: kind === 'asked' && /^(?:write|read) /.test(text),
  }
}

/** In the order of time. A fault stands before what it does. */
function sentencesOf({ ids, marks, faults, cuts }: Recorded): readonly Sentence[] {
  return [
    ...faults.map((fault) => ({ at: fault.at, text: describeFault(fault) })),
    ...marks.map((mark) => sentenceOf(mark, ids)).filter((sentence) => sentence !== null),
    ...describeCuts(cuts, ids).flatMap(({ at, until, text }) =>
      until === null
        ? [{ at, text }]
        : [
            { at, text },
            { at: until, text: `no longer: ${text}` },
          ],
    ),
  ].sort((a, b) => a.at - b.at)
}

/** Puts what happens at one time into one line. */
function linesOf(sentences: readonly Sentence[]): string[] {
  const byTime = new Map<number, string[]>()
  for (const { at, text } of sentences) {
    const texts = byTime.get(at)
    if (texts === undefined) byTime.set(at, [text])
    else texts.push(text)
  }
  return [...byTime].map(([at, texts]) => `${time(at)}  ${texts.join('; ')}`)
}

/** Replaces the writes and reads between two other sentences by their number. */
function counting(sentences: readonly Sentence[]): Sentence[] {
  const out: Sentence[] = []
  let minor: Sentence[] = []
  const close = (): void => {
    if (minor.length > 2) out.push({ at: minor[0]!.at, text: `… ${minor.length} writes and reads` })
    else out.push(...minor)
    minor = []
  }
  for (const sentence of sentences) {
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

/** Leaves out the middle if there are too many lines. */
function abridged(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines
  const half = MOST_LINES / 2
  return [
    ...lines.slice(0, half),
    `${'⋮'.padStart(12)}  ${lines.length - MOST_LINES} more`,
    ...lines.slice(-half),
  ]
}

/** The tale of a run, line by line. */
export function tale(recorded: Recorded, { simulated, violation }: End): readonly string[] {
  const sentences = sentencesOf(recorded)
  const whole = linesOf(sentences)
  const lines = whole.length > MOST_LINES ? linesOf(counting(sentences)) : whole
  const end = violation === null ? [] : [`${time(simulated)}  ${violation.checker}: ${violation.message}`]
  return [...abridged(lines), ...end]
}

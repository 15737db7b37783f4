// Judges a trial from the traces of the queue, the workers and the leaders. It knows nothing of how the
// outbox works.
import type { Worked } from '../orders.ts'

export interface TrialRecord {
  /** How many events were written, at positions 1, 2, … */
  readonly events: number
  /** The enqueued positions in the queue's order, including those that it rejected as duplicates. */
  readonly enqueued: readonly number[]
  readonly worked: readonly Worked[]
  /** For how long two instances led at once, in ms. */
  readonly overlap: number
  /** The problems with the fences of the leaderships, in words. */
  readonly fenceProblems: readonly string[]
  /** For each transaction that was cut off on its way and arrived late: did Redis reject it? */
  readonly lateRefused: readonly boolean[]
}

/** The problems, in words. Empty if there are none. */
export function problemsIn(record: TrialRecord): string[] {
  const { events, enqueued, worked, overlap, fenceProblems, lateRefused } = record
  const all = Array.from({ length: events }, (_, i) => i + 1)
  const times = countEach(enqueued)
  const done = new Set(worked.map(({ position }) => position))
  return [
    ...some(
      'never enqueued',
      all.filter((position) => !times.has(position)),
    ),
    ...some(
      'enqueued more than once',
      [...times].filter(([, count]) => count > 1).map(([position]) => position),
    ),
    ...some(
      'enqueued but never written',
      [...times.keys()].filter((position) => !(position >= 1 && position <= events)),
    ),
    ...some(
      'enqueued after a later one',
      enqueued.filter((position, i) => position <= (enqueued[i - 1] ?? 0)),
    ),
    ...some(
      'never processed',
      all.filter((position) => !done.has(position)),
    ),
    ...some('with an older fence than the event before', olderFences(worked)),
    ...(overlap === 0 ? [] : [`two instances led at once for ${overlap} ms`]),
    ...fenceProblems,
    ...lateRefused.flatMap((refused) =>
      refused ? [] : ['Redis accepted a late transaction of a former leader'],
    ),
  ]
}

function some(what: string, positions: readonly number[]): string[] {
  if (positions.length === 0) return []
  const shown = positions.slice(0, 5).join(', ')
  return [`${what}: ${positions.length} (${shown}${positions.length > 5 ? ', …' : ''})`]
}

function countEach(positions: readonly number[]): Map<number, number> {
  const times = new Map<number, number>()
  for (const position of positions) times.set(position, (times.get(position) ?? 0) + 1)
  return times
}

/**
 * The positions whose fence is smaller than that of an earlier event, or differs between two runs of their
 * job.
 */
function olderFences(worked: readonly Worked[]): number[] {
  const inOrder = worked.toSorted((a, b) => a.position - b.position || b.fence - a.fence)
  return inOrder.flatMap(({ position, fence }, i) => {
    const before = inOrder[i - 1]
    return before !== undefined && fence < before.fence ? position : []
  })
}

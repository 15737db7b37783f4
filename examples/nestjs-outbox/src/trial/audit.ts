// What the trial has to show, from what the queue, the workers and the leaders left behind. It knows nothing of how it is done.
import type { Worked } from '../orders.ts'

export interface Remains {
  /** How many events there were: at positions 1, 2, … */
  readonly events: number
  /** The positions that were put on the queue, in the queue's own order; also those that it had already. */
  readonly enqueued: readonly number[]
  readonly worked: readonly Worked[]
  /** How long two instances led at one instant, in ms. */
  readonly overlap: number
  /** What is wrong with the fences of the leaderships. */
  readonly fenceFaults: readonly string[]
  /** Of each transaction that was cut off on its way and arrived late: whether Redis refused it. */
  readonly lateRefused: readonly boolean[]
}

/** What is wrong, in words; nothing is, if it is empty. */
export function faultsOf(remains: Remains): string[] {
  const { events, enqueued, worked, overlap, fenceFaults, lateRefused } = remains
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
      'enqueued, and no event',
      [...times.keys()].filter((position) => !(position >= 1 && position <= events)),
    ),
    ...some(
      'enqueued after a later one',
      enqueued.filter((position, i) => position <= (enqueued[i - 1] ?? 0)),
    ),
    ...some(
      'never worked',
      all.filter((position) => !done.has(position)),
    ),
    ...some('of an older fence than the one before', olderFences(worked)),
    ...(overlap === 0 ? [] : [`two instances led at one instant, for ${overlap} ms`]),
    ...fenceFaults,
    ...lateRefused.flatMap((refused) => (refused ? [] : ['a transaction that arrived late was not refused'])),
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

/** In the order of events fences do not fall; and a job that was worked again was enqueued under the one that it had. */
function olderFences(worked: readonly Worked[]): number[] {
  const inOrder = worked.toSorted((a, b) => a.position - b.position || b.fence - a.fence)
  return inOrder.flatMap(({ position, fence }, i) => {
    const before = inOrder[i - 1]
    return before !== undefined && fence < before.fence ? position : []
  })
}

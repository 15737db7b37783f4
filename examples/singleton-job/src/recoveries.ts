// The recovery from each fault. From a kill of the leader: the next leadership, and the time without a leader.
import type { LeadershipInterval } from './leaderships.ts'

export interface Kill {
  /** When the signal was about to be sent, in machine time, in ms. */
  readonly at: number
  readonly member: string
  /** The fence of the leadership that the kill should end. */
  readonly fence: number
  readonly signal: 'SIGKILL' | 'SIGSTOP'
}

export interface Recovery extends Kill {
  /** The next leadership, or null. */
  readonly next: LeadershipInterval | null
  /** The time from the kill to the next leadership, in ms, or null. */
  readonly took: number | null
}

/** `leaderships` must be of the same session as the kills. */
export function recoveries(kills: readonly Kill[], leaderships: readonly LeadershipInterval[]): Recovery[] {
  return kills.map((kill) => {
    let next: LeadershipInterval | null = null
    for (const one of leaderships)
      if (one.fence > kill.fence && (next === null || one.fence < next.fence)) next = one
    return { ...kill, next, took: next === null ? null : Math.max(0, next.from - kill.at) }
  })
}

/** A member that lost its disk. */
export interface Replacement {
  readonly member: string
  /** When it was about to be killed, in machine time, in ms. */
  readonly at: number
  /** The time from there until it voted again under its new data directory, in ms, or null. */
  readonly took: number | null
}

export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export function spread(values: readonly number[]): Spread | null {
  const sorted = values.toSorted((a, b) => a - b)
  const [min] = sorted
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) return null
  const upper = sorted[sorted.length >> 1]!
  const lower = sorted[(sorted.length - 1) >> 1]!
  return { min, median: (lower + upper) / 2, max }
}

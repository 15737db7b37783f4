// What became of each kill: who led next, and how long nobody did.
import type { LeadershipInterval } from './leaderships.ts'

export interface Kill {
  /** Machine time, in ms, just before the signal was sent. */
  readonly at: number
  readonly member: string
  /** Of the leadership that it was to end. */
  readonly fence: number
  readonly signal: 'SIGKILL' | 'SIGSTOP'
}

export interface Recovery extends Kill {
  /** The next leadership; null: none yet. */
  readonly next: LeadershipInterval | null
  /** From the kill until the next leadership was held, in ms. */
  readonly took: number | null
}

/** `leaderships` of the session of the kills. */
export function recoveries(kills: readonly Kill[], leaderships: readonly LeadershipInterval[]): Recovery[] {
  return kills.map((kill) => {
    let next: LeadershipInterval | null = null
    for (const one of leaderships)
      if (one.fence > kill.fence && (next === null || one.fence < next.fence)) next = one
    return { ...kill, next, took: next === null ? null : Math.max(0, next.from - kill.at) }
  })
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

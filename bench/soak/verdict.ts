// What a soak test must show: the memory of each member is bounded, and so is its disk.
import { median } from '../statistics.ts'

/** Of one member at one moment. In bytes. */
export interface Sample {
  /** Since the beginning, in seconds. */
  readonly at: number
  readonly rss: number
  /** The most that its directory took since the last sample. */
  readonly disk: number
  /** Of its newest snapshot. */
  readonly snapshotBytes: number
}

/** From and to, in seconds since the beginning. */
export type Window = readonly [number, number]

export interface Windows {
  readonly warm: Window
  readonly last: Window
}

/** By how much memory may be above that after warm-up. */
export const allowedGrowth = 0.05

/** Minutes 2 to 4, and the last three. Shares of the run if it is shorter than ten minutes. */
export function windowsOf(minutes: number): Windows {
  const all = minutes * 60
  if (minutes >= 10) return { warm: [120, 240], last: [all - 180, all] }
  return { warm: [0.2 * all, 0.4 * all], last: [0.7 * all, all] }
}

/** The disk that the documents tell users to plan for (docs/production.md). */
const boundOf = (everyBytes: number, snapshotBytes: number): number =>
  2 * everyBytes + 256 * 2 ** 20 + 4 * snapshotBytes

export interface MemberVerdict {
  /** The medians of its resident memory in both windows, in bytes. */
  readonly warm: number
  readonly last: number
  /** 0.05: memory is 5 % above what it was after warm-up. */
  readonly growth: number
  readonly isMemoryBounded: boolean
  /** The most that it took, and may take, in bytes. */
  readonly disk: number
  readonly diskBound: number
  readonly isDiskBounded: boolean
}

const within =
  ([from, to]: Window) =>
  ({ at }: Sample): boolean =>
    at >= from && at <= to

/** Broken, too, if there are no samples in a window. */
export function judge(samples: readonly Sample[], windows: Windows, everyBytes: number): MemberVerdict {
  const memory = (window: Window) => median(samples.filter(within(window)).map(({ rss }) => rss))
  const warm = memory(windows.warm)
  const last = memory(windows.last)
  const growth = last / warm - 1
  const disk = Math.max(...samples.map((sample) => sample.disk))
  const bound = boundOf(everyBytes, Math.max(...samples.map(({ snapshotBytes }) => snapshotBytes)))
  return {
    warm,
    last,
    growth,
    isMemoryBounded: growth <= allowedGrowth,
    disk,
    diskBound: bound,
    isDiskBounded: disk <= bound,
  }
}

export const isSound = ({ isMemoryBounded, isDiskBounded }: MemberVerdict): boolean =>
  isMemoryBounded && isDiskBounded

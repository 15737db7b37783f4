// The few things that this package needs of the place it runs in: found in every browser, in Node.js, Deno and Bun.

export interface Platform {
  /** Milliseconds of a monotonic clock. */
  now(): number
  /** Calls `run` once, in `ms` milliseconds; the function that is returned calls it off. */
  setTimer(run: () => void, ms: number): () => void
  /** Uniform in [0, 1). */
  random(): number
  /** A name that nobody else will ever mint: letters and digits. */
  mint(): string
}

declare const performance: { now(): number }
declare const crypto: { getRandomValues(array: Uint32Array): Uint32Array }
declare function setTimeout(run: () => void, ms: number): unknown
declare function clearTimeout(timer: unknown): void

const randomWords = (count: number): number[] => [...crypto.getRandomValues(new Uint32Array(count))]

export const standardPlatform: Platform = {
  now: () => performance.now(),
  setTimer(run, ms) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: () => randomWords(1)[0]! / 2 ** 32,
  mint: () =>
    randomWords(4)
      .map((word) => word.toString(36).padStart(7, '0'))
      .join(''),
}

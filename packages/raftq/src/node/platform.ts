// The needs of this package from the JavaScript runtime. Browsers, Node.js, Deno and Bun all meet them.

export interface Platform {
  /** The time of a monotonic clock, in milliseconds. */
  now(): number
  /** Calls `run` once, after `ms` milliseconds. The returned function cancels the call. */
  setTimer(run: () => void, ms: number): () => void
  /** A random number, uniform in [0, 1). */
  random(): number
  /** A globally unique name of letters and digits. */
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

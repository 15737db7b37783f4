// Whether the thread of a member runs: it writes the time into memory that both threads see. So the
// application's thread knows it without a message, and without waiting.
import type { Millis } from '@oarlock/core'

/** The time between two writes, in ms. */
export const pulseInterval: Millis = 100

/** In ns, of the clock that both threads share. */
const now = (): bigint => process.hrtime.bigint()

/** The time of the last write. */
export const newPulse = (): SharedArrayBuffer => {
  const memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)
  beat(memory)
  return memory
}

/** For the worker. */
export function beat(memory: SharedArrayBuffer): void {
  Atomics.store(new BigInt64Array(memory), 0, now())
}

/** For the application's thread: since when the worker has not run, in ms. */
export const silence = (memory: SharedArrayBuffer): Millis =>
  Math.max(0, Number(now() - Atomics.load(new BigInt64Array(memory), 0)) / 1e6)

// Random numbers from a seed, in independent streams: another draw from one does not change the others.
import { crc32 } from 'node:zlib'

export type Random = () => number

/** mulberry32: small, seeded, good enough to choose sectors. */
export function seeded(seed: number, stream = ''): Random {
  let state = crc32(`${seed}/${stream}`) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** A whole number from 0 to below `bound`. */
export function below(bound: number, random: Random): number {
  return Math.floor(random() * bound)
}

export function pick<Value>(from: readonly Value[], random: Random): Value {
  return from[below(from.length, random)]!
}

// A list of names as bytes: their number, then each of them.
import type { ByteReader } from './byte-reader.ts'
import { type ByteWriter, stringSize } from './byte-writer.ts'

/** The length of an empty name. */
const leastNameSize = 4

export function namesSize(names: readonly string[]): number {
  let size = 4
  for (const name of names) size += stringSize(name)
  return size
}

export function writeNames(to: ByteWriter, names: readonly string[]): void {
  to.u32(names.length)
  for (const name of names) to.string(name)
}

export function readNames(from: ByteReader): string[] {
  const names: string[] = []
  for (let left = from.count(leastNameSize); left > 0; left--) names.push(from.string())
  return names
}

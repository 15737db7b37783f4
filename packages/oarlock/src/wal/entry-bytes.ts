// An entry on disk, inside a record: term (8), length of the data (4), type (1), data. Its index follows from
// its position in the record.
import { type Entry, type EntryType, type Index, type Term, term } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import type { Chunk } from './chunks.ts'
import { readUint64, writeUint64 } from './uint64.ts'

const LENGTH_AT = 8
const TYPE_AT = 12
/** Bytes of an entry besides its data. */
export const ENTRY_HEADER_BYTES = 13

const typeCodes = { normal: 0, configuration: 1 } as const satisfies Record<EntryType, number>
const types: readonly EntryType[] = ['normal', 'configuration']

/** Returns the byte after it. */
export function writeEntry(chunk: Chunk, at: number, entry: Entry): number {
  const { view } = chunk
  const { data } = entry
  writeUint64(view, at, entry.term)
  view.setUint32(at + LENGTH_AT, data.length, true)
  view.setUint8(at + TYPE_AT, typeCodes[entry.type])
  chunk.bytes.set(data, at + ENTRY_HEADER_BYTES)
  return at + ENTRY_HEADER_BYTES + data.length
}

export function termOfEntry(chunk: Chunk, at: number): Term {
  return term(readUint64(chunk.view, at))
}

/** Bytes of the data. */
export function lengthOfEntry(chunk: Chunk, at: number): number {
  return chunk.view.getUint32(at + LENGTH_AT, true)
}

/** The data is a view on the chunk, not a copy. Throws {@link DecodeError}. */
export function readEntry(chunk: Chunk, at: number, index: Index): Entry {
  const type = types[chunk.view.getUint8(at + TYPE_AT)]
  if (type === undefined)
    throw new DecodeError(
      `entry ${index} is of a type that this version of oarlock does not know: start the member with a later version`,
    )
  const { buffer, byteOffset } = chunk.bytes
  const data = new Uint8Array(buffer, byteOffset + at + ENTRY_HEADER_BYTES, lengthOfEntry(chunk, at))
  return { term: termOfEntry(chunk, at), index, type, data }
}

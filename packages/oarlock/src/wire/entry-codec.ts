// Entries and payloads: the bulk of the traffic. A decoded entry's data is a view of the received bytes.
import type { Entry, EntryId, EntryType, Index, Payload, Term } from '@oarlock/core'
import { DecodeError } from '../errors.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

const tagOf = { normal: 0, configuration: 1 } satisfies Record<EntryType, number>
const typeOf = Object.keys(tagOf) as EntryType[]

/** A type and a length. */
const payloadOverhead = 1 + 4
/** A term, an index, and what a payload has. */
const entryOverhead = 8 + 8 + payloadOverhead

export const entryIdSize = 16

export function writeEntryId(to: ByteWriter, id: EntryId): void {
  to.u64(id.term)
  to.u64(id.index)
}

export function readEntryId(from: ByteReader): EntryId {
  return { term: from.u64() as Term, index: from.u64() as Index }
}

export function payloadsSize(payloads: readonly Payload[]): number {
  let size = 4 + payloads.length * payloadOverhead
  for (const payload of payloads) size += payload.data.length
  return size
}

export function writePayloads(to: ByteWriter, payloads: readonly Payload[]): void {
  to.u32(payloads.length)
  for (const payload of payloads) {
    to.u8(tagOf[payload.type])
    to.bytes(payload.data)
  }
}

export function readPayloads(from: ByteReader): Payload[] {
  const payloads: Payload[] = []
  for (let left = from.count(payloadOverhead); left > 0; left--) {
    payloads.push({ type: readEntryType(from), data: from.bytes() })
  }
  return payloads
}

export function entriesSize(entries: readonly Entry[]): number {
  let size = 4 + entries.length * entryOverhead
  for (const entry of entries) size += entry.data.length
  return size
}

export function writeEntries(to: ByteWriter, entries: readonly Entry[]): void {
  to.u32(entries.length)
  for (const entry of entries) {
    to.u64(entry.term)
    to.u64(entry.index)
    to.u8(tagOf[entry.type])
    to.bytes(entry.data)
  }
}

export function readEntries(from: ByteReader): Entry[] {
  const entries: Entry[] = []
  for (let left = from.count(entryOverhead); left > 0; left--) {
    const term = from.u64() as Term
    const index = from.u64() as Index
    entries.push({ term, index, type: readEntryType(from), data: from.bytes() })
  }
  return entries
}

function readEntryType(from: ByteReader): EntryType {
  const tag = from.u8()
  const type = typeOf[tag]
  if (type === undefined) throw new DecodeError(`no entry has type ${tag}`)
  return type
}

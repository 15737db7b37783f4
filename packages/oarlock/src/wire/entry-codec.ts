// Entries and payloads as bytes. The data of a decoded entry is a view of the received bytes.
import type { Entry, EntryId, EntryType, Index, Payload, Term } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

const tagOf = { normal: 0, configuration: 1 } satisfies Record<EntryType, number>
const typeOf = Object.keys(tagOf) as EntryType[]

/** The type and the length of the data. */
const payloadOverhead = 1 + 4
/** Term and index. They are left out where an entry follows the one before it in the same term. */
const positionSize = 8 + 8
/** Set in the byte of the type if term and index are left out. */
const followsFlag = 0x80

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
    payloads.push({ type: entryType(from.u8()), data: from.bytes() })
  }
  return payloads
}

const follows = (entry: Entry, before: Entry | null): boolean =>
  before !== null && entry.index === before.index + 1 && entry.term === before.term

export function entriesSize(entries: readonly Entry[]): number {
  let size = 4 + entries.length * payloadOverhead
  let before: Entry | null = null
  for (const entry of entries) {
    size += entry.data.length
    if (!follows(entry, before)) size += positionSize
    before = entry
  }
  return size
}

export function writeEntries(to: ByteWriter, entries: readonly Entry[]): void {
  to.u32(entries.length)
  let before: Entry | null = null
  for (const entry of entries) {
    if (follows(entry, before)) to.u8(tagOf[entry.type] | followsFlag)
    else {
      to.u8(tagOf[entry.type])
      to.u64(entry.term)
      to.u64(entry.index)
    }
    to.bytes(entry.data)
    before = entry
  }
}

export function readEntries(from: ByteReader): Entry[] {
  const entries: Entry[] = []
  let before: Entry | null = null
  for (let left = from.count(payloadOverhead); left > 0; left--) {
    const tag = from.u8()
    const type = entryType(tag & ~followsFlag)
    let term: Term
    let index: Index
    if ((tag & followsFlag) === 0) {
      term = from.u64() as Term
      index = from.u64() as Index
    } else {
      if (before === null || before.index === Number.MAX_SAFE_INTEGER)
        throw new DecodeError('the first entry has no term and index')
      term = before.term
      index = (before.index + 1) as Index
    }
    before = { term, index, type, data: from.bytes() }
    entries.push(before)
  }
  return entries
}

function entryType(tag: number): EntryType {
  const type = typeOf[tag]
  if (type === undefined) throw new DecodeError(`the entry type ${tag} is unknown`)
  return type
}

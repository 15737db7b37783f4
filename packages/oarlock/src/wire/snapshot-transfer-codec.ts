// The messages that move a snapshot's bytes, as bytes: see message-codec.ts.
import type { SnapshotChunk, SnapshotOffer, SnapshotProgress, Term } from '@oarlock/core'
import type { ByteReader } from './byte-reader.ts'
import { type ByteWriter, stringSize } from './byte-writer.ts'
import { entryIdSize, readEntryId, writeEntryId } from './entry-codec.ts'
import { readSnapshot, snapshotSize, writeSnapshot } from './snapshot-codec.ts'

const readTerm = (from: ByteReader): Term => from.u64() as Term

export const snapshotOffer = {
  tag: 16,
  size: ({ snapshot, digest }: SnapshotOffer): number =>
    8 + snapshotSize(snapshot) + 8 + stringSize(digest) + 8,
  write(to: ByteWriter, { term, snapshot, size, digest, attempt }: SnapshotOffer): void {
    to.u64(term)
    writeSnapshot(to, snapshot)
    to.u64(size)
    to.string(digest)
    to.u64(attempt)
  },
  read: (from: ByteReader): SnapshotOffer => ({
    type: 'snapshotOffer',
    term: readTerm(from),
    snapshot: readSnapshot(from),
    size: from.u64(),
    digest: from.string(),
    attempt: from.u64(),
  }),
}

export const snapshotChunk = {
  tag: 17,
  size: ({ digest, bytes }: SnapshotChunk): number => entryIdSize + stringSize(digest) + 8 + 4 + bytes.length,
  write(to: ByteWriter, { snapshot, digest, offset, bytes }: SnapshotChunk): void {
    writeEntryId(to, snapshot)
    to.string(digest)
    to.u64(offset)
    to.bytes(bytes)
  },
  /** The bytes are a view of the received ones. */
  read: (from: ByteReader): SnapshotChunk => ({
    type: 'snapshotChunk',
    snapshot: readEntryId(from),
    digest: from.string(),
    offset: from.u64(),
    bytes: from.bytes(),
  }),
}

export const snapshotProgress = {
  tag: 18,
  size: (): number => 8 + entryIdSize + 8 + 8,
  write(to: ByteWriter, { term, snapshot, attempt, received }: SnapshotProgress): void {
    to.u64(term)
    writeEntryId(to, snapshot)
    to.u64(attempt)
    to.u64(received)
  },
  read: (from: ByteReader): SnapshotProgress => ({
    type: 'snapshotProgress',
    term: readTerm(from),
    snapshot: readEntryId(from),
    attempt: from.u64(),
    received: from.u64(),
  }),
}

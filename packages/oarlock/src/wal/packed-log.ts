// The LogReader of the log on disk. In memory it holds the tail of the log (log-tail.ts), the terms of all
// entries as runs, and sparse places of the others, which it reads from their segments. So its memory is
// bounded, however long the log is.

import path from 'node:path'
import {
  type Entry,
  type Index,
  InvariantError,
  index,
  type LogReader,
  type SnapshotMeta,
  type Term,
  term,
} from '@oarlock/core'
import type { Chunk } from './chunks.ts'
import { corrupt } from './corruption.ts'
import { ENTRY_HEADER_BYTES, lengthOfEntry, readEntry, termOfEntry } from './entry-bytes.ts'
import { LogTail } from './log-tail.ts'
import { type Place, SparsePlaces } from './places.ts'
import { segmentName } from './segment.ts'
import { type SegmentFiles, SegmentReader, type StoredRecord } from './segment-reader.ts'
import { TermRuns } from './term-runs.ts'

/** Entries of a record that follow one another. */
export interface EntryRun {
  readonly first: Index
  readonly count: number
  /** The chunk that they are in, and the byte of the first one. */
  readonly chunk: Chunk
  readonly at: number
}

export class PackedLog implements LogReader {
  readonly tail: LogTail
  readonly #directory: string
  readonly #segments: SegmentReader
  readonly #terms: TermRuns = new TermRuns()
  readonly #places: SparsePlaces = new SparsePlaces()
  #snapshot: SnapshotMeta | null = null
  #first: number
  /** The index after the last entry. */
  #next: number

  /** `memoryBytes`: what the tail may take. */
  constructor(files: SegmentFiles, memoryBytes: number, first: Index = index(1)) {
    this.tail = new LogTail(memoryBytes, first)
    this.#directory = files.directory
    this.#segments = new SegmentReader(files)
    this.#first = first
    this.#next = first
  }

  get snapshot(): SnapshotMeta | null {
    return this.#snapshot
  }

  get firstIndex(): Index {
    return index(this.#first)
  }

  get lastIndex(): Index {
    return index(this.#next - 1)
  }

  termAt(at: Index): Term | undefined {
    if (at >= this.#first && at < this.#next) return this.#terms.termAt(at)
    return at === this.#first - 1 ? (this.#snapshot?.term ?? term(0)) : undefined
  }

  /** Throws CorruptLogError if a record on disk is damaged, and DataAccessError if it cannot be read. */
  entries(from: Index, to: Index, maxBytes: number): readonly Entry[] {
    if (from < this.#first || to > this.#next || from >= to)
      throw new InvariantError(
        `the log has no entries [${from}, ${to}), only [${this.#first}, ${this.#next})`,
      )
    const { tail } = this
    const taken = new TakenEntries(maxBytes)
    let next: number = from
    if (next < tail.first) next = this.#fromDisk(next, Math.min(to, tail.first), taken)
    for (; next < to && !taken.full; next++)
      if (taken.fits(tail.lengthAt(next))) taken.entries.push(tail.entryAt(next))
    return taken.entries
  }

  /**
   * Entries of a record at this place, which replace those from the first one on. Without the number of their
   * chunk they stay on disk; then {@link startTail} follows.
   */
  append(run: EntryRun, place: Place, chunkNumber: number | null): void {
    const { first, count, chunk, at } = run
    if (first < this.#first || first > this.#next)
      throw new InvariantError(`appending at ${first} would leave a gap after ${this.lastIndex}`)
    this.#places.append(first, count, place)
    this.#next = first + count
    if (chunkNumber === null) return this.#appendTerms(run)
    const last = this.tail.append(first, count, chunkNumber, at)
    // Terms never decrease. So if the first and the last one are equal, all are.
    const oldest = termOfEntry(chunk, at)
    if (termOfEntry(chunk, last) === oldest) this.#terms.append(first, oldest)
    else this.#appendTerms(run)
  }

  /** Entries from the next one on stay in memory. */
  startTail(): void {
    this.tail.restart(this.#next)
  }

  /** The segment that has the first entry from `at` on; undefined if there is none. */
  segmentOf(at: Index): number | undefined {
    return at < this.#next ? this.#places.find(at)?.segment : undefined
  }

  /** The snapshot stands for the entries up to its own, which the log has. */
  compact(snapshot: SnapshotMeta): void {
    this.#snapshot = snapshot
    this.#first = snapshot.index + 1
    this.tail.forgetBefore(this.#first)
    this.#terms.forgetBefore(this.#first)
    this.#places.forgetBefore(this.#first)
  }

  /** The snapshot replaces the log. */
  restore(snapshot: SnapshotMeta): void {
    this.restart(index(snapshot.index + 1))
    this.#snapshot = snapshot
  }

  /** Without any entry, and without a snapshot: the log goes on at `first`. */
  restart(first: Index): void {
    this.#snapshot = null
    this.#first = first
    this.#next = first
    this.tail.restart(first)
    this.#terms.clear()
    this.#places.clear()
  }

  /** The segments before this one are about to be removed. */
  forgetSegmentsBefore(segment: number): void {
    this.#segments.forgetBefore(segment)
  }

  /** Closes the files that entries are read from. */
  close(): void {
    this.#segments.close()
  }

  #appendTerms({ first, count, chunk, at }: EntryRun): void {
    let next = at
    for (let i = 0; i < count; i++) {
      this.#terms.append(first + i, termOfEntry(chunk, next))
      next += ENTRY_HEADER_BYTES + lengthOfEntry(chunk, next)
    }
  }

  /** Reads entries of [from, to). Returns the index after the last one. */
  #fromDisk(from: number, to: number, taken: TakenEntries): number {
    let next = from
    while (next < to && !taken.full) {
      const mark = this.#places.find(next)
      if (mark === undefined) throw new InvariantError(`the place of entry ${next} is not known`)
      const end = Math.min(to, mark.until)
      this.#segments.read(mark, (record) => {
        if (record.count > 0 && record.first > next) throw this.#misplaced(record, next)
        next = this.#take(record, next, end, taken)
        return next < end && !taken.full ? record.next : null
      })
    }
    return next
  }

  /** Takes what a record has of [next, end). Returns the index after that. */
  #take(record: StoredRecord, next: number, end: number, taken: TakenEntries): number {
    const { chunk, first, count } = record
    const stop = Math.min(end, first + count)
    let at = record.entriesAt
    for (let i: number = first; i < stop; i++) {
      const length = lengthOfEntry(chunk, at)
      if (i >= next) {
        if (!taken.fits(length)) return i
        const entry = readEntry(chunk, at, index(i))
        if (entry.term !== this.#terms.termAt(entry.index)) throw this.#misplaced(record, i)
        taken.entries.push(entry)
      }
      at += ENTRY_HEADER_BYTES + length
    }
    return Math.max(next, stop)
  }

  /** A record is whole, but it is not the one that was written there. */
  #misplaced({ at: { segment, at } }: StoredRecord, entry: number): Error {
    const file = path.join(this.#directory, segmentName(segment))
    return corrupt(file, at, `the record there is not the one with entry ${entry}`)
  }
}

/** Entries that are being collected: at least one, then as many as fit. */
class TakenEntries {
  readonly entries: Entry[] = []
  full = false
  #room: number

  constructor(maxBytes: number) {
    this.#room = maxBytes
  }

  /** Whether an entry of this length is taken. */
  fits(length: number): boolean {
    this.#room -= length
    if (this.#room < 0 && this.entries.length > 0) this.full = true
    return !this.full
  }
}

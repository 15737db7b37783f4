// The LogReader of the log on disk. For each entry it holds only where its bytes are (chunks.ts), and makes
// Entry objects when they are read. It keeps the whole log: there is no compaction yet.
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
import { Chunks } from './chunks.ts'
import { ENTRY_HEADER_BYTES, lengthOfEntry, readEntry, termOfEntry } from './entry-bytes.ts'

/** Entries per page. Growing the table by pages never copies it. */
const PAGE = 8192

export class PackedLog implements LogReader {
  readonly chunks: Chunks = new Chunks()
  readonly snapshot: SnapshotMeta | null = null
  readonly firstIndex: Index = index(1)
  /** Two numbers per entry: the chunk, and the byte in it. */
  readonly #pages: Uint32Array[] = []
  #length = 0

  get lastIndex(): Index {
    return index(this.firstIndex - 1 + this.#length)
  }

  termAt(at: Index): Term | undefined {
    if (at === this.firstIndex - 1) return term(0)
    if (at < this.firstIndex || at > this.lastIndex) return undefined
    const page = this.#page(at)
    const slot = this.#slot(at)
    return termOfEntry(this.chunks.get(page[slot]!), page[slot + 1]!)
  }

  entries(from: Index, to: Index, maxBytes: number): readonly Entry[] {
    if (from < this.firstIndex || to > this.lastIndex + 1 || from >= to)
      throw new InvariantError(
        `the log has no entries [${from}, ${to}), only [${this.firstIndex}, ${this.lastIndex + 1})`,
      )
    const entries: Entry[] = []
    let bytes = 0
    for (let i = from; i < to; i++) {
      const page = this.#page(i)
      const slot = this.#slot(i)
      const chunk = this.chunks.get(page[slot]!)
      const at = page[slot + 1]!
      bytes += lengthOfEntry(chunk, at)
      if (bytes > maxBytes && entries.length > 0) break
      entries.push(readEntry(chunk, at, index(i)))
    }
    return entries
  }

  /** Replaces the entries from `first` on by `count` encoded ones, which follow one another from `at` on. */
  append(first: Index, count: number, chunkNumber: number, at: number): void {
    if (first < this.firstIndex || first > this.lastIndex + 1)
      throw new InvariantError(`appending at ${first} would leave a gap after ${this.lastIndex}`)
    this.#length = first - this.firstIndex
    const chunk = this.chunks.get(chunkNumber)
    let next = at
    for (let i = 0; i < count; i++) {
      const page = this.#pages[Math.floor(this.#length / PAGE)] ?? this.#addPage()
      const slot = (this.#length % PAGE) * 2
      page[slot] = chunkNumber
      page[slot + 1] = next
      this.#length++
      next += ENTRY_HEADER_BYTES + lengthOfEntry(chunk, next)
    }
  }

  #addPage(): Uint32Array {
    const page = new Uint32Array(PAGE * 2)
    this.#pages.push(page)
    return page
  }

  #page(at: number): Uint32Array {
    return this.#pages[Math.floor((at - this.firstIndex) / PAGE)]!
  }

  #slot(at: number): number {
    return ((at - this.firstIndex) % PAGE) * 2
  }
}

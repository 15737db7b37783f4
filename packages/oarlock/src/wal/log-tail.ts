// The last entries of the log, in memory: those that followers and the state machine mostly need. For each
// entry it holds only where its bytes are (chunks.ts), and makes Entry objects when they are read. When the
// chunks take more than the limit, the oldest one is dropped with the entries in it.
import { type Entry, type Index, index } from '@oarlock/core'
import { type Chunk, Chunks, type Space } from './chunks.ts'
import { ENTRY_HEADER_BYTES, lengthOfEntry, readEntry } from './entry-bytes.ts'

/** Entries per page. Growing the table by pages never copies it. */
const PAGE = 8192

export class LogTail {
  readonly #mostBytes: number
  readonly #chunks: Chunks
  /** The last entry in each chunk, from the oldest chunk on. Never less in a later chunk. */
  #lastIn: number[] = []
  /** Two numbers per entry: the chunk, and the byte in it. Page `n` has the entries from `n * PAGE` on. */
  #pages: Uint32Array[] = []
  #firstPage = 0
  #first: number
  /** The index after the last entry. */
  #next: number

  constructor(mostBytes: number, first: number) {
    this.#mostBytes = mostBytes
    this.#chunks = new Chunks(Math.ceil(mostBytes / 8) || 1)
    this.#first = first
    this.#next = first
    this.#firstPage = Math.floor(first / PAGE)
  }

  /** The first entry in memory, or the next one to come. */
  get first(): Index {
    return index(this.#first)
  }

  /** The bytes of the chunks. */
  get bytes(): number {
    return this.#chunks.bytes
  }

  /** Where the next record is encoded. */
  reserve(bytes: number): Space {
    return this.#chunks.reserve(bytes)
  }

  /** Keeps the first `bytes` bytes of the space that was reserved last. */
  keep(bytes: number): void {
    this.#chunks.keep(bytes)
  }

  chunk(number: number): Chunk {
    return this.#chunks.get(number)
  }

  lengthAt(at: number): number {
    const page = this.#page(at)
    const slot = (at % PAGE) * 2
    return lengthOfEntry(this.#chunks.get(page[slot]!), page[slot + 1]!)
  }

  entryAt(at: number): Entry {
    const page = this.#page(at)
    const slot = (at % PAGE) * 2
    return readEntry(this.#chunks.get(page[slot]!), page[slot + 1]!, index(at))
  }

  /**
   * Replaces the entries from `first` on by `count` encoded ones, which follow one another from `at` on.
   * Returns the byte of the last one.
   */
  append(first: number, count: number, chunkNumber: number, at: number): number {
    if (first < this.#first) this.#restart(first)
    this.#next = first
    for (let i = this.#lastIn.length - 1; i >= 0 && this.#lastIn[i]! >= first; i--)
      this.#lastIn[i] = first - 1
    const chunk = this.#chunks.get(chunkNumber)
    let last = at
    let next = at
    for (let i = 0; i < count; i++) {
      const page = this.#pages[Math.floor(this.#next / PAGE) - this.#firstPage] ?? this.#addPage()
      const slot = (this.#next % PAGE) * 2
      page[slot] = chunkNumber
      page[slot + 1] = next
      this.#next++
      last = next
      next += ENTRY_HEADER_BYTES + lengthOfEntry(chunk, next)
    }
    const place = chunkNumber - this.#chunks.first
    // Chunks without entries before this one may be dropped as soon as the oldest entry is.
    while (this.#lastIn.length <= place) this.#lastIn.push(first - 1)
    this.#lastIn[place] = this.#next - 1
    while (this.#chunks.bytes > this.#mostBytes && this.#chunks.count > 1) this.#dropChunk()
    return last
  }

  /** Forgets the entries before `at`. */
  forgetBefore(at: number): void {
    while (this.#chunks.count > 1 && (this.#lastIn[0] ?? 0) < at) this.#dropChunk()
    this.#moveTo(at)
  }

  /** Forgets everything: the log goes on at `first`. The space that was reserved last stays. */
  restart(first: number): void {
    while (this.#chunks.count > 1) this.#chunks.dropFirst()
    this.#lastIn = this.#chunks.count > 0 ? [first - 1] : []
    this.#restart(first)
  }

  #restart(first: number): void {
    this.#pages = []
    this.#firstPage = Math.floor(first / PAGE)
    this.#first = first
    this.#next = first
  }

  #dropChunk(): void {
    this.#chunks.dropFirst()
    this.#moveTo((this.#lastIn.shift() ?? 0) + 1)
  }

  #moveTo(first: number): void {
    if (first <= this.#first) return
    this.#first = first
    this.#next = Math.max(this.#next, first)
    const pages = Math.floor(first / PAGE) - this.#firstPage
    this.#pages.splice(0, pages)
    this.#firstPage += pages
  }

  #addPage(): Uint32Array {
    const page = new Uint32Array(PAGE * 2)
    this.#pages.push(page)
    return page
  }

  #page(at: number): Uint32Array {
    return this.#pages[Math.floor(at / PAGE) - this.#firstPage]!
  }
}

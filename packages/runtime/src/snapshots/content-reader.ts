// Reads the content of a snapshot back: the table, then each section as a source of its own.
import { SnapshotDamagedError } from '../errors.ts'
import type { ByteSource, Done, Got } from '../ports/index.ts'
import { concat, u32At } from './bytes.ts'
import { longestTable, readTable, type SectionName } from './content.ts'

const none = new Uint8Array(0)

export class ContentReader {
  readonly #source: ByteSource
  /** Read, and not handed out yet. */
  #rest: Uint8Array = none
  #ended = false

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** First of all. */
  table(got: Got<readonly SectionName[]>): void {
    this.#fill(longestTable, true, (failure) => {
      if (failure !== null) return got(failure, null)
      try {
        const { sections, length } = readTable(this.#rest)
        this.#rest = this.#rest.subarray(length)
        got(null, sections)
      } catch (cause) {
        got(cause as Error, null)
      }
    })
  }

  /** The bytes of the next section. They must be read to their end before the next one is. */
  section(): ByteSource {
    let left = 0
    let ended = false
    const next = (got: Got<Uint8Array>): void => {
      if (ended) return got(null, null)
      if (left > 0 && this.#rest.length > 0) {
        const bytes = this.#rest.subarray(0, left)
        this.#rest = this.#rest.subarray(bytes.length)
        left -= bytes.length
        return got(null, bytes)
      }
      this.#fill(left > 0 ? 1 : 4, false, (failure) => {
        if (failure !== null) return got(failure, null)
        if (left > 0) return next(got)
        left = u32At(this.#rest, 0)
        this.#rest = this.#rest.subarray(4)
        ended = left === 0
        next(got)
      })
    }
    return { next, cancel: () => this.#source.cancel() }
  }

  /** Reads until so many bytes are there. `atMost`: or until the end. */
  #fill(count: number, atMost: boolean, done: Done): void {
    if (this.#rest.length >= count || (atMost && this.#ended)) return done(null)
    if (this.#ended) return done(new SnapshotDamagedError('the content of a snapshot is cut short'))
    this.#source.next((failure, bytes) => {
      if (failure !== null) return done(failure)
      if (bytes === null) this.#ended = true
      else this.#rest = this.#rest.length === 0 ? bytes : concat([this.#rest, bytes])
      this.#fill(count, atMost, done)
    })
  }
}

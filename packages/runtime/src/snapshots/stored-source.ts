// The bytes of a stored snapshot, read in blocks.
import type { ByteSource, Got, SnapshotFiles, StoredSnapshot } from '../ports/index.ts'

const blockBytes = 256 * 1024

export class StoredSource implements ByteSource {
  readonly #files: SnapshotFiles
  readonly #snapshot: StoredSnapshot
  readonly #read: (bytes: number) => void
  #at = 0
  #cancelled = false

  /** `read` is told of every block. */
  constructor(files: SnapshotFiles, snapshot: StoredSnapshot, read: (bytes: number) => void = () => {}) {
    this.#files = files
    this.#snapshot = snapshot
    this.#read = read
  }

  next(got: Got<Uint8Array>): void {
    const length = Math.min(blockBytes, this.#snapshot.size - this.#at)
    if (this.#cancelled) return got(new SnapshotSuperseded(), null)
    if (length === 0) return got(null, null)
    this.#files.read(this.#snapshot, this.#at, length, (failure, bytes) => {
      if (this.#cancelled) return got(new SnapshotSuperseded(), null)
      if (failure !== null) return got(failure, null)
      this.#at += length
      this.#read(length)
      got(null, bytes)
    })
  }

  cancel(): void {
    this.#cancelled = true
  }
}

/** A later snapshot replaces the one that is being restored. */
export class SnapshotSuperseded extends Error {
  override readonly name = 'SnapshotSuperseded'

  constructor() {
    super('a later snapshot replaces the one that is being restored')
  }
}

// Takes one snapshot of this member: the view is fixed at once, and streamed to a file while applies go on
// (paper §7).
import type { SnapshotMeta } from '@oarlock/core'
import type {
  ByteSource,
  Got,
  SnapshotFile,
  SnapshotFiles,
  SnapshotSection,
  StoredSnapshot,
} from '../ports/index.ts'
import { ContentSource, viewOf } from './content.ts'

export class Taking {
  readonly meta: SnapshotMeta
  readonly #got: Got<StoredSnapshot>
  #source: ByteSource | null = null
  #file: SnapshotFile | null = null
  #over = false

  /** Calls back once, unless it is cancelled. */
  constructor(meta: SnapshotMeta, got: Got<StoredSnapshot>) {
    this.meta = meta
    this.#got = got
  }

  begin(files: SnapshotFiles, sections: readonly SnapshotSection[]): void {
    try {
      this.#source = new ContentSource(viewOf(sections))
    } catch (cause) {
      return this.#end(cause as Error, null)
    }
    files.create(this.meta, (failure, file) => {
      if (this.#over) return file?.abort()
      if (failure !== null) return this.#end(failure, null)
      this.#file = file
      this.#copy()
    })
  }

  #copy(): void {
    this.#source!.next((failure, bytes) => {
      if (this.#over) return
      if (failure !== null) return this.#end(failure, null)
      if (bytes === null) return this.#file!.commit((failed, stored) => this.#end(failed, stored))
      this.#file!.append(bytes, (failed) => {
        if (this.#over) return
        if (failed !== null) return this.#end(failed, null)
        this.#copy()
      })
    })
  }

  #end(failure: Error | null, stored: StoredSnapshot | null): void {
    if (this.#over) return
    if (failure !== null) this.cancel()
    this.#over = true
    this.#got(failure, stored)
  }

  cancel(): void {
    if (this.#over) return
    this.#over = true
    this.#source?.cancel()
    this.#file?.abort()
  }
}

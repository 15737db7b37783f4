// Where the state comes from that a new data directory begins with.
import type { Generation } from '@oarlock/runtime'

/** The state that a new cluster begins with. */
export interface Restoration {
  /** Of the new cluster. Its id is that of the backup. */
  readonly generation: Generation
  /** For messages. */
  readonly name: string
  /** The last entry of the state, and its term. */
  readonly index: number
  readonly entryTerm: number
  /** The term that the new cluster begins in. */
  readonly term: number
  /** Rejects if any byte is not as it was written. Called before a directory is made. */
  check(): Promise<void>
  /** The content of the snapshot that the log begins with. */
  content(): AsyncIterable<Uint8Array>
}

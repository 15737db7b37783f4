// Receives a snapshot in chunks, one snapshot at a time (paper §7, figure 13). Pure: it says which bytes to
// write, and the runtime writes them. An interrupted transfer goes on where it was, with the same sender or
// another one, as long as the bytes are the same.
import type { Index, Term } from '../types.ts'
import type { SnapshotChunk, SnapshotOffer, SnapshotProgress } from './chunk.ts'

/**
 * A snapshot that is partly received. The runtime keeps this beside the bytes, so that a restart goes on from
 * there.
 */
export interface PartialSnapshot {
  readonly offer: SnapshotOffer
  /** Every byte before this is received. */
  readonly received: number
}

export class SnapshotReceiver {
  #partial: PartialSnapshot | null
  #term: Term

  /** `partial`: what a restart found, or null. */
  constructor(partial: PartialSnapshot | null = null) {
    this.#partial = partial
    this.#term = partial?.offer.term ?? (0 as Term)
  }

  get partial(): PartialSnapshot | null {
    return this.#partial
  }

  /**
   * Whether all bytes are received. Then compare the digest, and hand the snapshot to the core or
   * {@link discard} it.
   */
  get complete(): boolean {
    return this.#partial !== null && this.#partial.received === this.#partial.offer.size
  }

  /**
   * A new offer. Received bytes stay if the offer is of the same bytes. A snapshot that reaches no further
   * than the commit index is answered as received: an earlier answer was lost. Null: the offer comes from an
   * earlier leader.
   */
  offered(offer: SnapshotOffer, committed: Index): SnapshotProgress | null {
    if (offer.term < this.#term) return null
    this.#term = offer.term
    if (offer.snapshot.index <= committed) return progressOf(offer, offer.size)
    const received = this.#continues(offer) ? this.#partial!.received : 0
    this.#partial = { offer, received }
    return progressOf(offer, received)
  }

  #continues({ snapshot, size, digest }: SnapshotOffer): boolean {
    if (this.#partial === null) return false
    const { offer } = this.#partial
    return (
      offer.snapshot.index === snapshot.index &&
      offer.snapshot.term === snapshot.term &&
      offer.size === size &&
      offer.digest === digest
    )
  }

  /**
   * A chunk came. `write`: the new bytes, to be written at `at`; null if it came twice, or ahead of a chunk
   * that was lost. `answer` is to be sent once they are written; null if the chunk is not of the snapshot
   * that was offered last.
   */
  received(chunk: SnapshotChunk): { write: Uint8Array | null; at: number; answer: SnapshotProgress | null } {
    const partial = this.#partial
    const at = partial?.received ?? 0
    if (partial === null || !isOf(chunk, partial.offer)) return { write: null, at, answer: null }
    const end = chunk.offset + chunk.bytes.length
    if (chunk.offset > at || end <= at || end > partial.offer.size)
      return { write: null, at, answer: progressOf(partial.offer, at) }
    this.#partial = { ...partial, received: end }
    return { write: chunk.bytes.subarray(at - chunk.offset), at, answer: progressOf(partial.offer, end) }
  }

  /** The bytes are damaged, or installed. The next offer begins anew. */
  discard(): void {
    this.#partial = null
  }
}

function progressOf({ term, snapshot, attempt }: SnapshotOffer, received: number): SnapshotProgress {
  const place = { index: snapshot.index, term: snapshot.term }
  return { type: 'snapshotProgress', term, snapshot: place, attempt, received }
}

function isOf({ snapshot, digest }: SnapshotChunk, offer: SnapshotOffer): boolean {
  return (
    digest === offer.digest &&
    snapshot.index === offer.snapshot.index &&
    snapshot.term === offer.snapshot.term
  )
}

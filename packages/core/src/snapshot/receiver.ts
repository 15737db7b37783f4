// Taking in a snapshot in chunks, one at a time (paper §7, figure 13). Pure: it says which bytes to write, and the runtime writes them.
// A transfer that breaks off goes on where it was, with the same sender or another one, as long as it is the same bytes.
import type { Index, Term } from '../types.ts'
import type { SnapshotChunk, SnapshotOffer, SnapshotProgress } from './chunk.ts'

/** What there is of a snapshot. The runtime keeps it beside the bytes, so that a restart goes on from there. */
export interface PartialSnapshot {
  readonly offer: SnapshotOffer
  /** Every byte before this is there. */
  readonly received: number
}

export class SnapshotReceiver {
  #partial: PartialSnapshot | null
  #term: Term

  /** `partial`: what a restart finds, or null. */
  constructor(partial: PartialSnapshot | null = null) {
    this.#partial = partial
    this.#term = partial?.offer.term ?? (0 as Term)
  }

  get partial(): PartialSnapshot | null {
    return this.#partial
  }

  /** All bytes are there: compare the digest, then hand the snapshot to the core, or {@link discard} it. */
  get complete(): boolean {
    return this.#partial !== null && this.#partial.received === this.#partial.offer.size
  }

  /**
   * A new offer. Bytes that are there stay if it is of the same bytes; of a snapshot that tells nothing beyond what is committed
   * here nothing is wanted (the answer that said so was lost). Null: it comes from an earlier leader.
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
   * A chunk came: `write` is what of it is new and follows what is there, to be written at `at`; null: nothing is (it came twice, or
   * ahead of one that was lost). `answer` null: it is not of what was offered last. Answer once it is written.
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

  /** The bytes are damaged, or installed: begin anew with the next offer. */
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

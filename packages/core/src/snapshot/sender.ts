// Sends one snapshot to one member, in chunks (paper §7, figure 13). Pure, as the core is: time comes in, and
// the places of the bytes to send come out, which the runtime reads. Chunks go ahead of their answers, within
// a window. Lost chunks are sent again from the first missing byte, and after an interruption the receiver
// says where that is.
import { RaftConfigError } from '../config.ts'
import type { EntryId, Millis, Term } from '../types.ts'
import type { SnapshotProgress } from './chunk.ts'

export interface SnapshotSenderInit {
  /** Of the leader that offers, and of the snapshot. */
  readonly term: Term
  readonly snapshot: EntryId
  /** In bytes; 0 for a snapshot without state. */
  readonly size: number
  /** The most bytes of a chunk. Default 64 KiB. */
  readonly chunkBytes?: number
  /** The most bytes in flight. Default 1 MiB. */
  readonly windowBytes?: number
  /**
   * After so long (ms) without progress it asks where to go on. Each time it waits twice as long, as the link
   * may be that slow.
   */
  readonly retryAfter: Millis
  /** After so long (ms) without progress it gives up, and the core will offer again. */
  readonly giveUpAfter: Millis
  readonly now: Millis
}

/** The next thing to send: the offer, or a chunk of these bytes. */
export type ToSend =
  | { readonly type: 'snapshotOffer'; readonly attempt: number }
  | { readonly type: 'snapshotChunk'; readonly offset: number; readonly length: number }

export class SnapshotSender {
  /** `offering`: the receiver has not said yet at which byte to begin. */
  #state: 'offering' | 'sending' | 'done' | 'failed' = 'offering'
  readonly #init: Required<SnapshotSenderInit>
  #attempt = 0
  #offerDue = true
  /** The receiver has every byte before this. */
  #received = 0
  /** The next byte to send. */
  #next = 0
  #progressAt: Millis
  /** The place that it went back to last. Once for each place is enough. */
  #wentBackTo = -1
  /** How long it waits for the next answer. */
  #retryAfter: Millis
  #askedAt: Millis

  /** Throws {@link RaftConfigError} for sizes that cannot work. */
  constructor(init: SnapshotSenderInit) {
    this.#init = { chunkBytes: 64 * 1024, windowBytes: 1024 * 1024, ...init }
    for (const key of ['chunkBytes', 'windowBytes', 'retryAfter', 'giveUpAfter'] as const)
      if (!(this.#init[key] > 0)) throw new RaftConfigError(`${key} must be above 0, got ${this.#init[key]}`)
    this.#progressAt = init.now
    this.#retryAfter = init.retryAfter
    this.#askedAt = init.now
  }

  get state(): 'offering' | 'sending' | 'done' | 'failed' {
    return this.#state
  }

  /** The bytes that the receiver is known to have. */
  get received(): number {
    return this.#received
  }

  /** When {@link take} is next needed if no answer comes. Infinity: the transfer is over. */
  nextDeadline(): Millis {
    if (this.#state === 'done' || this.#state === 'failed') return Number.POSITIVE_INFINITY
    return Math.min(this.#askedAt + this.#retryAfter, this.#progressAt + this.#init.giveUpAfter)
  }

  /** What to send now, in order. Empty while the window is full, and when the transfer is over. */
  take(now: Millis): readonly ToSend[] {
    if (this.#state === 'done' || this.#state === 'failed') return []
    const { giveUpAfter, size, chunkBytes, windowBytes } = this.#init
    if (now >= this.#progressAt + giveUpAfter) {
      this.#state = 'failed'
      return []
    }
    if (now >= this.#askedAt + this.#retryAfter) {
      this.#offerDue = true
      this.#retryAfter *= 2
    }
    if (this.#offerDue) {
      this.#offerDue = false
      this.#askedAt = now
      this.#state = 'offering'
      return [{ type: 'snapshotOffer', attempt: ++this.#attempt }]
    }
    if (this.#state === 'offering') return []
    const chunks: ToSend[] = []
    while (this.#next < size && this.#next - this.#received < windowBytes) {
      const length = Math.min(chunkBytes, size - this.#next)
      chunks.push({ type: 'snapshotChunk', offset: this.#next, length })
      this.#next += length
    }
    return chunks
  }

  /** A chunk came out of order: the one before it was lost, or overtaken. */
  #goBack(): void {
    if (this.#wentBackTo === this.#received) return
    this.#wentBackTo = this.#received
    this.#next = this.#received
  }

  /**
   * The receiver says how far it is. Progress of an earlier offer is void: the receiver may have lost bytes
   * in a crash since.
   */
  progress({ term, snapshot, attempt, received }: SnapshotProgress, now: Millis): void {
    const { size, snapshot: own, term: ownTerm } = this.#init
    const ofThis = term === ownTerm && snapshot.index === own.index && snapshot.term === own.term
    if (!ofThis || attempt !== this.#attempt || received > size) return
    if (this.#state === 'offering') {
      this.#state = 'sending'
      this.#received = received
      this.#next = received
    } else if (this.#state !== 'sending' || received < this.#received) return
    else if (received === this.#received) return this.#goBack()
    this.#received = received
    this.#next = Math.max(this.#next, received)
    this.#progressAt = now
    this.#askedAt = now
    this.#retryAfter = this.#init.retryAfter
    if (received === size) this.#state = 'done'
  }
}

// One snapshot to one member, in chunks (paper §7, figure 13). Pure, as the core is: time comes in, and what comes out is which bytes to
// send; reading them is the runtime's. Chunks go ahead of their answers, within a window; what is lost is sent again from the first
// byte that is missing, and after a break the receiver says where that is.
import { RaftConfigError } from '../config.ts'
import type { EntryId, Millis, Term } from '../types.ts'
import type { SnapshotProgress } from './chunk.ts'

export interface SnapshotSenderInit {
  /** Of the leader that offers, and of the snapshot. */
  readonly term: Term
  readonly snapshot: EntryId
  /** Bytes; 0 for a snapshot without state. */
  readonly size: number
  /** Bytes of a chunk, at most. Default 64 KiB. */
  readonly chunkBytes?: number
  /** Bytes that may be on their way. Default 1 MiB. */
  readonly windowBytes?: number
  /** Without progress for so long (ms) it asks where to go on; then twice as long, and so on, for the link may be that slow. */
  readonly retryAfter: Millis
  /** And for so long it gives up; the core will offer again. */
  readonly giveUpAfter: Millis
  readonly now: Millis
}

/** What to send: the offer, or a chunk of these bytes. */
export type ToSend =
  | { readonly type: 'snapshotOffer'; readonly attempt: number }
  | { readonly type: 'snapshotChunk'; readonly offset: number; readonly length: number }

export class SnapshotSender {
  /** `offering`: the receiver has not said from where on it wants the bytes. */
  #state: 'offering' | 'sending' | 'done' | 'failed' = 'offering'
  readonly #init: Required<SnapshotSenderInit>
  #attempt = 0
  #offerDue = true
  /** The receiver has every byte before this. */
  #received = 0
  /** The next byte to send. */
  #next = 0
  #progressAt: Millis
  /** From here on it has sent everything twice: once for each place is enough. */
  #wentBackTo = -1
  /** How long it waits for the next answer. */
  #patience: Millis
  #askedAt: Millis

  /** Throws {@link RaftConfigError} for sizes that cannot work. */
  constructor(init: SnapshotSenderInit) {
    this.#init = { chunkBytes: 64 * 1024, windowBytes: 1024 * 1024, ...init }
    for (const key of ['chunkBytes', 'windowBytes', 'retryAfter', 'giveUpAfter'] as const)
      if (!(this.#init[key] > 0)) throw new RaftConfigError(`${key} must be above 0, got ${this.#init[key]}`)
    this.#progressAt = init.now
    this.#patience = init.retryAfter
    this.#askedAt = init.now
  }

  get state(): 'offering' | 'sending' | 'done' | 'failed' {
    return this.#state
  }

  /** Bytes that are known to be there. */
  get received(): number {
    return this.#received
  }

  /** When {@link take} is next needed without an answer. Infinity: it is over. */
  nextDeadline(): Millis {
    if (this.#state === 'done' || this.#state === 'failed') return Number.POSITIVE_INFINITY
    return Math.min(this.#askedAt + this.#patience, this.#progressAt + this.#init.giveUpAfter)
  }

  /** What to send now, in order: nothing while the window is full, or when it is over. */
  take(now: Millis): readonly ToSend[] {
    if (this.#state === 'done' || this.#state === 'failed') return []
    const { giveUpAfter, size, chunkBytes, windowBytes } = this.#init
    if (now >= this.#progressAt + giveUpAfter) {
      this.#state = 'failed'
      return []
    }
    if (now >= this.#askedAt + this.#patience) {
      this.#offerDue = true
      this.#patience *= 2
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

  /** Something came, and not what comes next: that one was lost, or overtaken. */
  #goBack(): void {
    if (this.#wentBackTo === this.#received) return
    this.#wentBackTo = this.#received
    this.#next = this.#received
  }

  /** The receiver says how far it is. What it said of an earlier offer is void: it may have lost bytes since, in a crash. */
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
    this.#patience = this.#init.retryAfter
    if (received === size) this.#state = 'done'
  }
}

// Receives a snapshot from a peer: the core's SnapshotReceiver decides which bytes to write, and they are durable
// before they are acknowledged (paper §7, figure 13). A restart goes on with what is durable.
import {
  type Index,
  type NodeId,
  type SnapshotChunk,
  type SnapshotOffer,
  type SnapshotProgress,
  SnapshotReceiver,
} from '@oarlock/core'
import type { Done, PeerMessage, SnapshotFiles, StoredSnapshot } from '../ports/index.ts'
import { concat } from './bytes.ts'

interface Answer {
  readonly to: NodeId
  readonly message: SnapshotProgress
}

/** Writes to the partial snapshot, in order. The answers are sent when it is durable. */
type Operation = { readonly offer: SnapshotOffer; readonly answers: Answer[] } & (
  | { readonly type: 'start' }
  | { readonly type: 'append'; readonly at: number; readonly parts: Uint8Array[] }
  /** Nothing to write: the answer waits for what was written before. */
  | { readonly type: 'answer' }
)

export interface ReceivingInit {
  readonly files: SnapshotFiles
  /** A witness has no state: it stores a snapshot without bytes. */
  readonly witness: boolean
  readonly committed: () => Index
  readonly post: (to: NodeId, message: PeerMessage) => void
  /** All bytes are there and durable. `offer`: the last one. */
  readonly arrived: (from: NodeId, offer: SnapshotOffer, snapshot: StoredSnapshot) => void
  /** The transfer goes on where an earlier one was broken. */
  readonly resumed: (offer: SnapshotOffer, received: number) => void
  /** What was received could not be written, or is damaged, and is discarded. */
  readonly failed: (offer: SnapshotOffer, cause: Error) => void
}

export class Receiving {
  readonly #init: ReceivingInit
  #receiver: SnapshotReceiver
  #operations: Operation[] = []
  #busy = false
  /** The sender of the last offer. Null: none since the start. */
  #from: NodeId | null = null
  #stopped = false

  constructor(init: ReceivingInit) {
    this.#init = init
    this.#receiver = new SnapshotReceiver(init.files.partial)
  }

  stop(): void {
    this.#stopped = true
    this.#operations = []
  }

  offered(from: NodeId, offer: SnapshotOffer): void {
    const { committed, witness, resumed } = this.#init
    const message = this.#receiver.offered(offer, committed())
    if (message === null) return
    const answer: Answer = { to: from, message }
    this.#from = from
    if (offer.snapshot.index <= committed()) return this.#post(answer)
    if (witness) return this.#storeEmpty(offer)
    const { received } = message
    if (received > 0 && received < offer.size) resumed(offer, received)
    this.#add({ type: received > 0 ? 'answer' : 'start', offer, answers: [answer] })
  }

  chunk(from: NodeId, chunk: SnapshotChunk): void {
    const { write, at, answer: message } = this.#receiver.received(chunk)
    if (message === null) return
    // Late, and the snapshot was offered before this start.
    this.#from ??= from
    const answer: Answer = { to: from, message }
    const { offer } = this.#receiver.partial!
    const last = this.#operations.at(-1)
    if (write === null) this.#add({ type: 'answer', offer, answers: [answer] })
    else if (last?.type === 'append') {
      // One write takes all chunks that came during the write before.
      last.parts.push(write)
      last.answers.push(answer)
    } else this.#add({ type: 'append', offer, at, parts: [write], answers: [answer] })
  }

  #add(operation: Operation): void {
    this.#operations.push(operation)
    this.#proceed()
  }

  #proceed(): void {
    if (this.#busy || this.#stopped) return
    const operation = this.#operations.shift()
    if (operation === undefined) return
    this.#carryOut(operation, (failure) => {
      this.#busy = false
      if (this.#stopped) return
      const { offer, answers } = operation
      if (failure !== null) return this.#fail(offer, failure)
      // The answer that everything is there waits until it is.
      for (const answer of answers) if (answer.message.received < offer.size) this.#post(answer)
      if (this.#receiver.complete && this.#operations.length === 0) this.#commit()
      else this.#proceed()
    })
  }

  #carryOut(operation: Operation, done: Done): void {
    const { files } = this.#init
    this.#busy = true
    if (operation.type === 'start') files.startPartial(operation.offer, done)
    else if (operation.type === 'append') files.appendPartial(operation.at, concat(operation.parts), done)
    else done(null)
  }

  #commit(): void {
    const { offer } = this.#receiver.partial!
    this.#busy = true
    this.#init.files.commitPartial((failure, stored) => {
      this.#busy = false
      if (this.#stopped) return
      if (failure !== null) return this.#fail(offer, failure)
      // It may have been offered again meanwhile, or another one.
      const last = this.#receiver.partial?.offer
      const isLast = last !== undefined && areSameBytes(last, offer)
      if (isLast) {
        // Answers that wait are of this snapshot, and the next offer is answered by the commit index.
        this.#operations = []
        this.#receiver.discard()
      }
      this.#arrived(isLast ? last : offer, stored!)
      this.#proceed()
    })
  }

  /** The next offer begins anew. */
  #fail(offer: SnapshotOffer, cause: Error): void {
    this.#operations = []
    this.#receiver.discard()
    this.#init.failed(offer, cause)
    this.#busy = true
    this.#init.files.discardPartial(() => {
      this.#busy = false
      this.#proceed()
    })
  }

  #storeEmpty(offer: SnapshotOffer): void {
    this.#receiver.discard()
    if (this.#busy) return
    this.#busy = true
    const ended = (failure: Error | null, stored: StoredSnapshot | null): void => {
      this.#busy = false
      if (this.#stopped) return
      if (failure !== null) return this.#init.failed(offer, failure)
      this.#arrived(offer, stored!)
    }
    this.#init.files.create(offer.snapshot, (failure, file) =>
      failure === null ? file!.commit(ended) : ended(failure, null),
    )
  }

  #arrived(offer: SnapshotOffer, stored: StoredSnapshot): void {
    const from = this.#from!
    this.#init.arrived(from, offer, stored)
    this.#post({ to: from, message: everything(offer) })
  }

  #post({ to, message }: Answer): void {
    this.#init.post(to, message)
  }
}

const areSameBytes = (a: SnapshotOffer, b: SnapshotOffer): boolean =>
  a.digest === b.digest && a.size === b.size && a.snapshot.index === b.snapshot.index

const everything = ({ term, snapshot, attempt, size }: SnapshotOffer): SnapshotProgress => ({
  type: 'snapshotProgress',
  term,
  snapshot: { index: snapshot.index, term: snapshot.term },
  attempt,
  received: size,
})

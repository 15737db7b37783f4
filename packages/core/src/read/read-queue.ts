// Reads that wait for their confirmation (thesis §6.4). Each waits for a round of heartbeats. Rounds are
// numbered, and an answer to round n confirms every read up to it and none after it, so a late or duplicated
// answer can never confirm a newer read.
import type { ReadPolicy } from '../message.ts'
import type { Index, NodeId, RequestId } from '../types.ts'

export interface PendingRead {
  readonly from: NodeId
  readonly request: RequestId
  readonly policy: ReadPolicy
}

interface QueuedRead extends PendingRead {
  readonly commit: Index
  /** The first round of heartbeats that was sent after this read arrived. */
  readonly round: number
}

export class ReadQueue {
  /**
   * Reads that arrived before this leader has committed an entry of its own term, and so before it knows the
   * commit index.
   */
  #early: PendingRead[] = []
  #queue: QueuedRead[] = []
  /** The last round of heartbeats that was sent. */
  #round = 0

  get round(): number {
    return this.#round
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  /** Whether a read waits for a round that was not sent yet. */
  get needsRound(): boolean {
    const last = this.#queue.at(-1)
    return last !== undefined && last.round > this.#round
  }

  nextRound(): number {
    return ++this.#round
  }

  clear(): readonly PendingRead[] {
    const all = [...this.#early, ...this.#queue]
    this.#early = []
    this.#queue = []
    this.#round = 0
    return all
  }

  postpone(read: PendingRead): void {
    this.#early.push(read)
  }

  takePostponed(): readonly PendingRead[] {
    const early = this.#early
    this.#early = []
    return early
  }

  /** The read is confirmed by `round`. */
  add(read: PendingRead, commit: Index, round: number): void {
    this.#queue.push({ ...read, commit, round })
  }

  /** A quorum has answered `round`: hands out every read that it confirms, oldest first. */
  confirm(round: number): readonly QueuedRead[] {
    let confirmed = 0
    while (confirmed < this.#queue.length && this.#queue[confirmed]!.round <= round) confirmed++
    return this.#queue.splice(0, confirmed)
  }
}

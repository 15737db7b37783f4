// Members without a sound snapshot ask this one for its newest (requesting.ts).
import type { EntryId, Millis, NodeId, Raft } from '@oarlock/core'
import type { Clock, Got, StoredSnapshot } from '../ports/index.ts'
import type { Transfers } from './transfers.ts'

/** In intervals. One request may be lost. */
const FORGOTTEN_AFTER = 2

export interface RequestsInit {
  readonly raft: Raft
  readonly clock: Clock
  /** How often a member without state asks, in ms. */
  readonly interval: Millis
  readonly transfers: Transfers
  readonly newest: () => StoredSnapshot | null
  /** Takes a snapshot of everything that is applied. */
  readonly take: (got: Got<StoredSnapshot>) => void
}

export class Requests {
  readonly #init: RequestsInit
  /** Those who wait until one is taken. */
  readonly #waiting = new Set<NodeId>()
  readonly #askedAt = new Map<NodeId, Millis>()

  constructor(init: RequestsInit) {
    this.#init = init
  }

  /** Whether this peer has asked lately. */
  isAsking(peer: NodeId): boolean {
    const { clock, interval } = this.#init
    const at = this.#askedAt.get(peer)
    return at !== undefined && clock.now() - at <= FORGOTTEN_AFTER * interval
  }

  /**
   * `place`: where the log of that member begins. An older state would be of no use to it. The core has no
   * part in this: as far as it knows, that member lacks nothing.
   */
  asked(from: NodeId, place: EntryId): void {
    const { raft, clock, newest, take } = this.#init
    this.#askedAt.set(from, clock.now())
    // Two senders at once would break each other's transfer off, again and again.
    if (raft.role !== 'leader' || this.#waiting.has(from)) return
    const snapshot = newest()
    if (snapshot !== null && snapshot.meta.index >= place.index) return this.#send(from, snapshot)
    // It asks again.
    if (raft.applied < place.index) return
    this.#waiting.add(from)
    take((failure, stored) => {
      this.#waiting.delete(from)
      if (failure === null) this.#send(from, stored!)
    })
  }

  #send(to: NodeId, snapshot: StoredSnapshot): void {
    const { raft, transfers } = this.#init
    if (raft.role === 'leader') transfers.sendAsked(to, raft.term, snapshot)
  }
}

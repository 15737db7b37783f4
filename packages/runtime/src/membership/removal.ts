// A member that was removed stops, but not at once: those who stay may still need its vote, as they may not know
// yet that the change is committed (node/committed-change.ts of the core). When they do, they refuse it. A peer
// that refuses it may itself be behind: the member may have been added again.
import type { Index, Millis, NodeId } from '@oarlock/core'
import type { Clock } from '../ports/index.ts'
import type { TableState } from './member-table.ts'

export interface RemovalInit {
  readonly id: NodeId
  readonly clock: Clock
  readonly electionTimeout: Millis
  /** It may stop now. */
  readonly over: () => void
}

/**
 * How long it waits, in election timeouts: while a majority of the other voters refuses it and nobody accepts it,
 * while some peers refuse it, while some refuse and others accept it, and once it has seen its removal in the log.
 */
const patience = { refusedByMajority: 2, refused: 10, contested: 30, removed: 10 }

/** Who refuses it may be behind. Who accepts it may be removed as well. */
export function refusalOfAll(
  refusing: number,
  accepting: number,
  otherVoters: number,
): 'refusedByMajority' | 'refused' | 'contested' | null {
  if (refusing === 0) return null
  if (accepting > 0) return 'contested'
  return refusing * 2 > otherVoters ? 'refusedByMajority' : 'refused'
}

export class Removal {
  readonly #init: RemovalInit
  readonly #refusing = new Set<NodeId>()
  readonly #accepting = new Set<NodeId>()
  #table: TableState
  #at: Index | null = null
  #refused: ReturnType<typeof refusalOfAll> = null
  #cancelRefused: (() => void) | null = null
  #cancelRemoved: (() => void) | null = null
  #over = false

  constructor(init: RemovalInit, table: TableState) {
    this.#init = init
    this.#table = table
  }

  /** The index of the change that removed this member, as far as its own log shows. */
  get at(): Index | null {
    return this.#at
  }

  tableChanged(table: TableState): void {
    const { id } = this.#init
    const wasMember = this.#table.members.has(id)
    this.#table = table
    if (table.members.has(id)) {
      this.#at = null
      this.#cancelRemoved?.()
      this.#cancelRemoved = null
    } else if (wasMember) {
      this.#at = table.version
      this.#waitForLeader()
    }
  }

  #waitForLeader(): void {
    this.#cancelRemoved?.()
    this.#cancelRemoved = this.#endAfter(patience.removed)
  }

  /** A peer refuses this member because it was removed. */
  refusedBy(peer: NodeId): void {
    this.#accepting.delete(peer)
    this.#refusing.add(peer)
    this.#look()
  }

  /** A peer accepts this member. */
  acceptedBy(peer: NodeId): void {
    this.#refusing.delete(peer)
    this.#accepting.add(peer)
    this.#look()
  }

  lost(peer: NodeId): void {
    this.#accepting.delete(peer)
    this.#look()
  }

  /** Whether it may have to stop. */
  get isDoubtful(): boolean {
    return this.#refused !== null || this.#at !== null
  }

  /** A leader has sent to it, so it is a member, or was one lately: it waits anew. */
  heardLeader(): void {
    this.#refusing.clear()
    this.#look()
    if (this.#at !== null) this.#waitForLeader()
  }

  stop(): void {
    this.#over = true
    this.#cancelRefused?.()
    this.#cancelRemoved?.()
  }

  #look(): void {
    const { configuration, members } = this.#table
    const others = configuration.voters.filter((voter) => voter !== this.#init.id)
    const accepting = [...this.#accepting].filter((peer) => members.has(peer)).length
    const refused = refusalOfAll(this.#refusing.size, accepting, others.length)
    if (refused === this.#refused) return
    this.#refused = refused
    this.#cancelRefused?.()
    this.#cancelRefused = refused === null ? null : this.#endAfter(patience[refused])
  }

  #endAfter(timeouts: number): () => void {
    const { clock, electionTimeout, over } = this.#init
    return clock.at(clock.now() + timeouts * electionTimeout, () => {
      if (this.#over) return
      this.stop()
      over()
    })
  }
}

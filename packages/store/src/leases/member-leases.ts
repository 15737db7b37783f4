// The leases of a cluster, at one member. While it leads it keeps them, and proposes their end. It renews the owners
// of its own process at the leader, wherever that is.
import type { Millis, NodeId } from '@oarlock/core'
import { DecodeError, type StorePort } from '@oarlock/runtime'
import { encodeRequest } from '../codec/index.ts'
import type { Leases } from '../model/leases.ts'
import type { LeaseId, OwnerId } from '../model/requests.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { decodeLeaseMessage, encodeLeaseMessage } from './lease-messages.ts'

/** Null: it is not known whether the leader has renewed. */
export type Renewed = (count: number | null) => void

interface Pending {
  readonly leader: NodeId
  readonly answer: Renewed
  readonly cancelTimer: () => void
}

export class MemberLeases {
  readonly #link: StorePort
  readonly #leases: Leases
  #keeper: LeaseKeeper | null = null
  /** Of the leadership that the keeper is for. */
  #fence = 0
  #cancelTimer: (() => void) | null = null
  readonly #pending: Map<number, Pending> = new Map()
  #last = 0
  #isClosed = false

  constructor(link: StorePort, leases: Leases) {
    this.#link = link
    this.#leases = leases
  }

  /** A turn of the member has ended. */
  follow(): void {
    const { leadership } = this.#link
    const fence = leadership?.fence ?? 0
    if (fence !== this.#fence) {
      this.#fence = fence
      this.#keeper = leadership === null ? null : this.#newKeeper()
      this.#look()
    }
    const { leader } = this.#link
    for (const [number, pending] of this.#pending) if (pending.leader !== leader) this.#settle(number, null)
  }

  #newKeeper(): LeaseKeeper {
    const { clock, clockRateTolerance } = this.#link
    return new LeaseKeeper(this.#leases, clock.now(), clockRateTolerance)
  }

  granted(id: LeaseId): void {
    this.#keeper?.granted(id, this.#link.clock.now())
    this.#look()
  }

  revoked(ids: readonly LeaseId[]): void {
    this.#keeper?.revoked(ids)
  }

  /**
   * Answers with the number of leases that the owner has, when the leader has renewed them: it counts from a time after
   * this call. Null: it is not known whether it has. Perhaps before it returns.
   */
  renew(owner: OwnerId, answer: Renewed): void {
    const { leader, leadership, clock, electionTimeout } = this.#link
    if (leadership !== null) return answer(this.#renewHere(owner))
    if (leader === null || this.#isClosed) return answer(null)
    const number = ++this.#last
    const cancelTimer = clock.at(clock.now() + electionTimeout, () => this.#settle(number, null))
    this.#pending.set(number, { leader, answer, cancelTimer })
    this.#link.send(leader, encodeLeaseMessage({ type: 'renewal', number, owners: [owner] }))
  }

  receive(from: NodeId, bytes: Uint8Array): void {
    let message: ReturnType<typeof decodeLeaseMessage>
    try {
      message = decodeLeaseMessage(bytes)
    } catch (error) {
      // Of a newer version.
      if (error instanceof DecodeError) return
      throw error
    }
    const { type, number } = message
    if (type === 'answer') {
      if (this.#pending.get(number)?.leader === from) this.#settle(number, message.counts[0] ?? null)
      return
    }
    const counts = message.owners.map((owner) => this.#renewHere(owner))
    if (counts.every((count) => count !== null))
      this.#link.send(from, encodeLeaseMessage({ type: 'answer', number, counts }))
  }

  close(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
    for (const number of this.#pending.keys()) this.#settle(number, null)
  }

  /** Null: this member does not lead, or may not any more. Another leader would count from an earlier time. */
  #renewHere(owner: OwnerId): number | null {
    const count = this.#keeper?.renewOwner(owner, this.#link.clock.now()) ?? null
    // Read afterwards: no other leader had begun to count when this one did.
    return this.#link.leadership?.fence === this.#fence && this.#link.leadership.held ? count : null
  }

  #settle(number: number, count: number | null): void {
    const pending = this.#pending.get(number)
    if (pending === undefined) return
    this.#pending.delete(number)
    pending.cancelTimer()
    pending.answer(count)
  }

  /** Sets the timer for the next lease that can end. */
  #look(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const next: Millis | null = this.#keeper?.next ?? null
    if (next !== null && !this.#isClosed) this.#cancelTimer = this.#link.clock.at(next, () => this.#end())
  }

  #end(): void {
    const keeper = this.#keeper
    if (keeper === null) return
    const ids = keeper.ended(this.#link.clock.now())
    if (ids.length > 0) {
      const command = encodeRequest({ type: 'revoke', ids, term: this.#fence })
      this.#link.proposeOnce(command, {
        resolve() {},
        reject: () => {
          keeper.notEnded(ids, this.#link.clock.now() + this.#link.electionTimeout)
          if (keeper === this.#keeper) this.#look()
        },
      })
    }
    this.#look()
  }
}

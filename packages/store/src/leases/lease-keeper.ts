// A leader's view of the leases: when each was renewed, and which have ended. It is not replicated. A new leader knows
// nothing of the renewals before, and so counts every lease from the beginning of its leadership.
//
// All leases of an owner are renewed by one message. So an owner has one entry in the queue, whatever the number of its
// leases: the earliest time at which one of them can have ended.
import type { Millis } from '@oarlock/core'
import type { Leases } from '../model/leases.ts'
import type { LeaseId, OwnerId } from '../model/requests.ts'
import { TimeQueue } from './time-queue.ts'

/** Those that are renewed together: of an owner, or one lease by itself. */
type Group = `owner ${OwnerId}` | `lease ${LeaseId}`

const groupOf = (id: LeaseId, owner: OwnerId): Group => (owner === 0 ? `lease ${id}` : `owner ${owner}`)

export class LeaseKeeper {
  readonly #leases: Leases
  readonly #rateTolerance: number
  readonly #queue: TimeQueue<Group> = new TimeQueue<Group>()
  readonly #renewed: Map<Group, Millis> = new Map()
  /** Of leases that were granted in this leadership, after the last renewal of their owner. */
  readonly #granted: Map<LeaseId, Millis> = new Map()
  /** Their end is proposed, and not applied yet. */
  readonly #ending: Set<LeaseId> = new Set()
  #since: Millis = 0

  /** `now`: when this leadership began. The clock of a holder may run slower by `rateTolerance` than this one. */
  constructor(leases: Leases, now: Millis, rateTolerance: number) {
    this.#leases = leases
    this.#rateTolerance = rateTolerance
    this.#since = now
    // Each group once: it looks at all its leases.
    for (const group of new Set(leases.all.map(({ id, owner }) => groupOf(id, owner)))) this.#look(group)
  }

  /** A lease was granted. */
  granted(id: LeaseId, now: Millis): void {
    const lease = this.#leases.get(id)
    if (lease === undefined) return
    this.#granted.set(id, now)
    const group = groupOf(id, lease.owner)
    const deadline = this.#deadlineOf(id, group)
    if (deadline < (this.#queue.timeOf(group) ?? Number.POSITIVE_INFINITY)) this.#queue.add(group, deadline)
  }

  /** Renews all leases of the owner. Returns how many they are. */
  renewOwner(owner: OwnerId, now: Millis): number {
    const ids = this.#leases.of(owner)
    if (ids.size === 0) return 0
    this.#renewed.set(groupOf(0, owner), now)
    let count = 0
    for (const id of ids) {
      this.#granted.delete(id)
      if (!this.#ending.has(id)) count++
    }
    return count
  }

  /** Renews a lease without an owner. Returns whether there is one. */
  renewLease(id: LeaseId, now: Millis): boolean {
    if (this.#leases.get(id)?.owner !== 0 || this.#ending.has(id)) return false
    this.#renewed.set(groupOf(id, 0), now)
    this.#granted.delete(id)
    return true
  }

  /** When `ended` should be called the next time. Null: there is no lease. */
  get next(): Millis | null {
    return this.#queue.earliest
  }

  /** Those that have ended by now. Each is returned once, unless `notEnded` says that its end was not committed. */
  ended(now: Millis): readonly LeaseId[] {
    const ended: LeaseId[] = []
    for (let group = this.#queue.take(now); group !== null; group = this.#queue.take(now)) {
      for (const id of this.#idsOf(group)) {
        if (this.#ending.has(id) || this.#deadlineOf(id, group) > now) continue
        this.#ending.add(id)
        ended.push(id)
      }
      this.#look(group)
    }
    return ended
  }

  /** Their end was not committed. */
  notEnded(ids: readonly LeaseId[], now: Millis): void {
    for (const id of ids) {
      this.#ending.delete(id)
      const lease = this.#leases.get(id)
      if (lease !== undefined) this.#queue.add(groupOf(id, lease.owner), now)
    }
  }

  /** They are no more. */
  revoked(ids: readonly LeaseId[]): void {
    for (const id of ids) {
      this.#ending.delete(id)
      this.#granted.delete(id)
      this.#renewed.delete(groupOf(id, 0))
    }
  }

  /** Until when the leader counts on it, or null: there is no such lease. */
  deadlineOf(id: LeaseId): Millis | null {
    const lease = this.#leases.get(id)
    return lease === undefined ? null : this.#deadlineOf(id, groupOf(id, lease.owner))
  }

  #deadlineOf(id: LeaseId, group: Group): Millis {
    const { ttl } = this.#leases.get(id)!
    const from = Math.max(this.#since, this.#renewed.get(group) ?? 0, this.#granted.get(id) ?? 0)
    return from + ttl + ttl * this.#rateTolerance
  }

  #idsOf(group: Group): readonly LeaseId[] {
    const [kind, number] = group.split(' ')
    if (kind === 'owner') return [...this.#leases.of(Number(number))]
    return this.#leases.get(Number(number)) === undefined ? [] : [Number(number)]
  }

  /** Puts the group into the queue, at the earliest time at which one of its leases can have ended. */
  #look(group: Group): void {
    let earliest = Number.POSITIVE_INFINITY
    for (const id of this.#idsOf(group))
      if (!this.#ending.has(id)) earliest = Math.min(earliest, this.#deadlineOf(id, group))
    if (earliest < Number.POSITIVE_INFINITY) this.#queue.add(group, earliest)
    else if (this.#idsOf(group).length === 0) this.#renewed.delete(group)
  }
}

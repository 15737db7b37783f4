// The leases of one process. It is one owner, so one renewal serves all of them, whatever their number.
//
// A lease is held until its deadline: its time to live, counted from when its grant or the last confirmed renewal was
// sent. The leader counts from a later time, and longer. Once the deadline has passed, the lease is never held again,
// and is given back.
import type { Millis } from '@oarlock/core'
import type { Clock, Completion } from '@oarlock/runtime'
import type { LeaseId, OwnerId } from '../model/requests.ts'
import type { Renewed } from './member-leases.ts'

/** What the holder needs of the store, with callbacks, so that a simulator can drive it. */
export interface LeaseRequests {
  grant(ttl: Millis, owner: OwnerId, signal: AbortSignal | undefined, completion: Completion<LeaseId>): void
  revoke(ids: readonly LeaseId[], signal: AbortSignal | undefined, completion: Completion<void>): void
  /** See MemberLeases. */
  renew(owner: OwnerId, answer: Renewed): void
  /** The leases of the owner that there are. Null: that could not be read. */
  remaining(owner: OwnerId, answer: (ids: readonly LeaseId[] | null) => void): void
}

export interface LeaseHolderInit {
  readonly requests: LeaseRequests
  readonly clock: Clock
  readonly newController: () => AbortController
  /** No other process may have the same. Default: a random one. */
  readonly owner?: OwnerId
}

interface Held {
  readonly id: LeaseId
  readonly ttl: Millis
  readonly controller: AbortController
  deadline: Millis
  isOver: boolean
}

/** A lease, as its holder sees it. */
export interface HeldLease {
  readonly id: LeaseId
  readonly ttl: Millis
  readonly deadline: Millis
  readonly held: boolean
  readonly signal: AbortSignal
  revoke(signal: AbortSignal | undefined, completion: Completion<void>): void
}

/** Renewals are this much more frequent than they must be: one may be lost, and the next one late. */
const renewalsInTtl = 3
/** After a renewal that has failed the next one comes sooner by this factor, but not sooner than this time, in ms. */
const retry: { readonly sooner: number; readonly atLeast: Millis } = { sooner: 4, atLeast: 100 }

export class LeaseHolder {
  readonly owner: OwnerId
  readonly #init: LeaseHolderInit
  readonly #held: Map<LeaseId, Held> = new Map()
  /** They are over here, and not given back yet. */
  readonly #toRevoke: Set<LeaseId> = new Set()
  #cancelTimer: (() => void) | null = null
  #timerAt: Millis = Number.POSITIVE_INFINITY
  #isRenewing = false
  #renewedAt: Millis = 0
  #hasFailed = false
  #isClosed = false

  constructor(init: LeaseHolderInit) {
    this.#init = init
    this.owner = init.owner ?? randomOwner()
  }

  grant(ttl: Millis, signal: AbortSignal | undefined, completion: Completion<HeldLease>): void {
    const sent = this.#init.clock.now()
    this.#init.requests.grant(ttl, this.owner, signal, {
      resolve: (id) => completion.resolve(this.#hold(id, ttl, sent)),
      reject: (error) => completion.reject(error),
    })
  }

  #hold(id: LeaseId, ttl: Millis, sent: Millis): HeldLease {
    const held: Held = {
      id,
      ttl,
      controller: this.#init.newController(),
      deadline: sent + ttl,
      isOver: false,
    }
    this.#held.set(id, held)
    if (this.#held.size === 1) this.#renewedAt = sent
    // With many leases not each grant looks at all of them.
    if (Math.min(this.#renewedAt + ttl / renewalsInTtl, held.deadline) < this.#timerAt) this.#look()
    const isHeld = (): boolean => this.#isHeld(held)
    return {
      id,
      ttl,
      get deadline() {
        return held.deadline
      },
      get held() {
        return isHeld()
      },
      signal: held.controller.signal,
      revoke: (signal, completion) => this.#revoke(held, signal, completion),
    }
  }

  /** All leases are over here, and none is renewed any more. */
  close(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
    for (const held of this.#held.values()) this.#end(held)
  }

  #isHeld(held: Held): boolean {
    if (!held.isOver && this.#init.clock.now() >= held.deadline) {
      this.#end(held)
      this.#toRevoke.add(held.id)
    }
    return !held.isOver
  }

  #end(held: Held): void {
    if (held.isOver) return
    held.isOver = true
    this.#held.delete(held.id)
    held.controller.abort()
  }

  #revoke(held: Held, signal: AbortSignal | undefined, completion: Completion<void>): void {
    this.#end(held)
    this.#toRevoke.delete(held.id)
    this.#init.requests.revoke([held.id], signal, {
      resolve: () => completion.resolve(),
      reject: (error) => {
        // Else it would be renewed with the others.
        this.#toRevoke.add(held.id)
        this.#look()
        completion.reject(error)
      },
    })
  }

  /** Sets the timer for the next renewal, or the next end of a lease. */
  #look(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#timerAt = Number.POSITIVE_INFINITY
    const { clock } = this.#init
    for (const held of [...this.#held.values()]) this.#isHeld(held)
    if (this.#isClosed || (this.#held.size === 0 && this.#toRevoke.size === 0)) return
    let shortest = Number.POSITIVE_INFINITY
    let earliest = Number.POSITIVE_INFINITY
    for (const { ttl, deadline } of this.#held.values()) {
      shortest = Math.min(shortest, ttl)
      earliest = Math.min(earliest, deadline)
    }
    const usual = shortest === Number.POSITIVE_INFINITY ? retryInterval : shortest / renewalsInTtl
    const interval = this.#hasFailed ? Math.min(usual, Math.max(usual / retry.sooner, retry.atLeast)) : usual
    const renewal = this.#isRenewing ? Number.POSITIVE_INFINITY : this.#renewedAt + interval
    this.#timerAt = Math.min(renewal, earliest)
    this.#cancelTimer = clock.at(this.#timerAt, () => {
      if (!this.#isRenewing && clock.now() >= this.#renewedAt + interval) this.#renew()
      else this.#look()
    })
  }

  #renew(): void {
    const { requests, clock } = this.#init
    const sent = clock.now()
    this.#isRenewing = true
    this.#renewedAt = sent
    this.#look()
    this.#giveBack()
    const before = [...this.#held.values()]
    const over = (): void => {
      this.#isRenewing = false
      this.#look()
    }
    if (before.length === 0) return over()
    requests.renew(this.owner, (count) => {
      this.#hasFailed = count === null
      if (count !== null) this.#confirmed(before, sent, count)
      over()
    })
  }

  /** The leader counts all leases of this owner from a time after `sent`. */
  #confirmed(renewed: readonly Held[], sent: Millis, count: number): void {
    for (const held of renewed)
      if (this.#isHeld(held)) held.deadline = Math.max(held.deadline, sent + held.ttl)
    if (count >= this.#held.size) return
    // Somebody has revoked one.
    this.#init.requests.remaining(this.owner, (ids) => {
      if (ids === null) return
      const there = new Set(ids)
      for (const held of renewed) if (!there.has(held.id)) this.#end(held)
    })
  }

  /** What is over here must not be renewed with the others. */
  #giveBack(): void {
    const ids = [...this.#toRevoke]
    if (ids.length === 0) return
    this.#toRevoke.clear()
    this.#init.requests.revoke(ids, undefined, {
      resolve() {},
      reject: () => {
        // Again at the next renewal.
        for (const id of ids) this.#toRevoke.add(id)
        this.#look()
      },
    })
  }
}

/** For what is to be given back when no lease is held any more, in ms. */
const retryInterval: Millis = 1000

function randomOwner(): OwnerId {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2))
  return (high! % 2 ** 20) * 2 ** 32 + low! + 1
}

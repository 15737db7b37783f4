// The leases that were granted, and the keys that each holds. When a lease ends, its keys are deleted. Nothing here
// knows the time: that a lease has ended is a change that the leader proposes.
import { compareBytes } from './bytes.ts'
import type { LeaseId, OwnerId } from './requests.ts'

export interface Lease {
  readonly id: LeaseId
  /** In ms. */
  readonly ttl: number
  /** Who renews it, together with all others of this owner. 0: it is renewed by itself. */
  readonly owner: OwnerId
}

const none: ReadonlySet<LeaseId> = new Set()

export class Leases {
  readonly #granted: Map<LeaseId, Lease & { readonly keys: Set<Uint8Array> }> = new Map()
  readonly #ofOwners: Map<OwnerId, Set<LeaseId>> = new Map()
  #last: LeaseId = 0

  get size(): number {
    return this.#granted.size
  }

  get(id: LeaseId): Lease | undefined {
    return this.#granted.get(id)
  }

  /** By id. */
  get all(): readonly Lease[] {
    return [...this.#granted.values()]
      .map(({ id, ttl, owner }) => ({ id, ttl, owner }))
      .sort((a, b) => a.id - b.id)
  }

  /** Those of an owner. */
  of(owner: OwnerId): ReadonlySet<LeaseId> {
    return this.#ofOwners.get(owner) ?? none
  }

  /** Of a lease: its keys, in order. */
  keysOf(id: LeaseId): readonly Uint8Array[] {
    return [...(this.#granted.get(id)?.keys ?? [])].sort(compareBytes)
  }

  /** The greatest id that was granted. */
  get last(): LeaseId {
    return this.#last
  }

  /** Replaces everything. The keys are attached afterwards. */
  restore(leases: readonly Lease[], last: LeaseId): void {
    this.#granted.clear()
    this.#ofOwners.clear()
    for (const lease of leases) this.grant(lease)
    this.#last = last
  }

  /** Ids that are chosen from now on are greater than this one. */
  advance(to: LeaseId): void {
    this.#last = Math.max(this.#last, to)
  }

  /** An id that no lease has, and none had that the store has chosen before. */
  next(): LeaseId {
    let id = this.#last + 1
    while (this.#granted.has(id)) id++
    return id
  }

  grant({ id, ttl, owner }: Lease): void {
    this.#granted.set(id, { id, ttl, owner, keys: new Set() })
    this.#last = Math.max(this.#last, id)
    if (owner === 0) return
    const ids = this.#ofOwners.get(owner) ?? new Set()
    this.#ofOwners.set(owner, ids.add(id))
  }

  /** Its keys have been deleted. */
  revoke(id: LeaseId): void {
    const owner = this.#granted.get(id)?.owner ?? 0
    this.#granted.delete(id)
    const ids = this.#ofOwners.get(owner)
    ids?.delete(id)
    if (ids?.size === 0) this.#ofOwners.delete(owner)
  }

  /** `key`: the one copy of it that the store has. */
  attach(id: LeaseId, key: Uint8Array): void {
    this.#granted.get(id)?.keys.add(key)
  }

  detach(id: LeaseId, key: Uint8Array): void {
    this.#granted.get(id)?.keys.delete(key)
  }
}

// Leases, as etcd has them: with times to live in whole seconds, each renewed by itself, and without owners.
// Which ones belong to an owner is known to this process.
import type { Millis } from '@oarlock/core'
import type { AbortOptions } from '@oarlock/runtime'
import type { Answer, Change, ChangeResult, GrantedLease, LeaseId, OwnerId } from '@oarlock/store'
import type { Etcd3 } from 'etcd3'
import type { CallOptions, Connection } from '../connection/index.ts'
import { failureOf, Refusal } from '../connection/index.ts'
import { firstKey, leaseIdOf, revisionOf } from '../protocol/index.ts'
import { inBatches } from './in-batches.ts'
import { LeaseRenewals } from './lease-renewals.ts'

type Grant = Extract<Change, { readonly type: 'grant' }>
type Revoke = Extract<Change, { readonly type: 'revoke' }>

/**
 * etcd's count must end later than the holder's, also if their clocks run at rates that differ by this, in
 * percent.
 */
const rateTolerance = 10
/** Renewals end before the next one is due. */
const renewalsInTtl = 3

/** In whole seconds, as the lease is granted. */
export const secondsFor = (ttl: Millis): number => Math.ceil((ttl * (100 + rateTolerance)) / 100_000)

export class EtcdLeases {
  readonly #connection: Connection
  readonly #requestTimeout: Millis
  readonly #renewals: LeaseRenewals
  readonly #owned: Map<LeaseId, GrantedLease> = new Map()

  constructor(connection: Connection, requestTimeout: Millis) {
    this.#connection = connection
    this.#requestTimeout = requestTimeout
    this.#renewals = new LeaseRenewals(connection)
  }

  async grant({ id: asked, ttl, owner }: Grant, options: AbortOptions): Promise<Answer<ChangeResult>> {
    const id = asked === 0 ? randomId() : asked
    try {
      const request = { ID: id, TTL: secondsFor(ttl) }
      const answer = await this.#connection.write(
        (etcd, call) => etcd.leaseClient.leaseGrant(request, call),
        options,
      )
      this.#owned.set(id, { id, ttl, owner })
      return { revision: revisionOf(answer), result: { type: 'grant', id } }
    } catch (error) {
      if (!(error instanceof Refusal && error.reason === 'lease-exists')) throw error
      return asked === 0
        ? this.grant({ type: 'grant', id: 0, ttl, owner }, options)
        : { failure: { reason: 'lease-exists', lease: id } }
    }
  }

  /** Each of them in a revision of its own. From now on none of them is renewed. */
  async revoke({ ids }: Revoke, options: AbortOptions): Promise<Answer<ChangeResult>> {
    for (const id of ids) this.#owned.delete(id)
    const revoked: LeaseId[] = []
    let revision = 0
    await inBatches(ids, async (id) => {
      try {
        const answer = await this.#connection.write(
          (etcd, call) => etcd.leaseClient.leaseRevoke({ ID: id }, call),
          options,
        )
        revision = Math.max(revision, revisionOf(answer))
        revoked.push(id)
      } catch (error) {
        if (!(error instanceof Refusal && error.reason === 'no-lease')) throw error
      }
    })
    return { revision, result: { type: 'revoke', ids: revoked } }
  }

  async renew(owner: OwnerId): Promise<number | null> {
    const leases = this.#ofOwner(owner)
    if (leases.length === 0) return 0
    const shortest = Math.min(...leases.map(({ ttl }) => ttl))
    const timeout = Math.min(this.#requestTimeout, shortest / renewalsInTtl)
    return this.#renewals.renew(
      leases.map(({ id }) => id),
      timeout,
    )
  }

  list(owner: OwnerId | null, options: AbortOptions): Promise<readonly GrantedLease[]> {
    return this.#connection.read(async (etcd, call) => {
      const ids = owner === null ? await allIds(etcd, call) : this.#ofOwner(owner).map(({ id }) => String(id))
      const found: GrantedLease[] = []
      await inBatches(ids, async (ID) => {
        const { TTL, grantedTTL } = await timeToLive(etcd, ID, call)
        const id = leaseIdOf(ID)
        const own = this.#owned.get(id)
        if (TTL === ended.TTL) this.#owned.delete(id)
        else found.push(own ?? { id, ttl: Number(grantedTTL) * 1000, owner: 0 })
      })
      return found.sort((a, b) => a.id - b.id)
    }, options)
  }

  close(): void {
    this.#renewals.close()
  }

  #ofOwner(owner: OwnerId): readonly GrantedLease[] {
    return [...this.#owned.values()].filter((lease) => lease.owner === owner)
  }
}

const ended = { TTL: '-1', grantedTTL: '0' }

async function timeToLive(
  { leaseClient }: Etcd3,
  ID: string,
  call: CallOptions,
): Promise<{ readonly TTL: string; readonly grantedTTL: string }> {
  try {
    return await leaseClient.leaseTimeToLive({ ID }, call)
  } catch (error) {
    if (!failureOf(error).text.includes('lease not found')) throw error
    return ended
  }
}

/** Throws as etcd3 does. */
export async function isThere(etcd: Etcd3, id: LeaseId, call: CallOptions): Promise<boolean> {
  const { TTL } = await timeToLive(etcd, String(id), call)
  return TTL !== ended.TTL
}

/** A member of etcd lists the leases that it knows. After a linearizable read these are all. */
async function allIds({ kv, leaseClient }: Etcd3, call: CallOptions): Promise<readonly string[]> {
  try {
    await kv.range({ key: firstKey, count_only: true }, call)
  } catch (error) {
    // A user without the right to read this key is refused after the read has waited.
    if (failureOf(error).kind !== 'refused') throw error
  }
  const { leases } = await leaseClient.leaseLeases(call)
  return leases.map(({ ID }) => ID)
}

/** A safe integer above 0. etcd's own ids have up to 63 bits. */
function randomId(): LeaseId {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2))
  return (high! % 2 ** 21) * 2 ** 32 + low! || 1
}

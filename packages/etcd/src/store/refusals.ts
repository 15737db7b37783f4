// Finds the key, lease or revision that a refusal is about: etcd names only the kind of the refusal.
import {
  type Change,
  contradictionIn,
  type Failure,
  type LeaseId,
  type Operation,
  type RangeRequest,
  type Revision,
} from '@oarlock/store'
import { type Connection, failureOf, type Refusal } from '../connection/index.ts'
import { EtcdRefusedError } from '../errors.ts'
import { boundsOf, bufferOf, firstKey, revisionOf } from '../protocol/index.ts'
import { isThere } from './etcd-leases.ts'
import { WatchCall } from './watch-call.ts'

type PutRequest = Extract<Operation, { readonly type: 'put' }>

export class Refusals {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Throws EtcdRefusedError if that cannot be found out. */
  async failureOf(refusal: Refusal, request: Change | RangeRequest): Promise<Failure> {
    try {
      return await this.#failureOf(refusal, request)
    } catch (cause) {
      const isRead = request.type === 'range'
      throw new EtcdRefusedError(
        `etcd refuses the request (${refusal.message}), and does not answer what it is about: ${isRead ? 'nothing was read' : 'nothing was changed'}`,
        isRead ? 'not-a-write' : 'not-applied',
        { cause },
      )
    }
  }

  async #failureOf(refusal: Refusal, request: Change | RangeRequest): Promise<Failure> {
    const operation = isOperation(request) ? request : null
    const puts = operation === null ? [] : putsOf(operation)
    switch (refusal.reason) {
      case 'compacted':
        return { reason: 'compacted', compacted: await this.#compacted(keyOf(request)) }
      case 'future-revision':
        return { reason: 'future-revision', revision: await this.#revision(keyOf(request)) }
      case 'no-lease':
        return { reason: 'no-lease', lease: await this.#missingLease(puts) }
      case 'no-key':
        return { reason: 'no-key', key: await this.#missingKey(puts) }
      case 'duplicate-key': {
        const found = operation?.type === 'transaction' ? contradictionIn(operation) : null
        return found ?? { reason: 'duplicate-key', key: puts[0]!.key }
      }
      case 'lease-exists':
        return { reason: 'lease-exists', lease: request.type === 'grant' ? request.id : 0 }
    }
  }

  #revision(key: Buffer): Promise<Revision> {
    return this.#connection.read(
      async (etcd, call) => revisionOf(await etcd.kv.range({ key, count_only: true }, call)),
      {},
    )
  }

  /** Of the last compaction. Only a watch that begins before it is told. */
  #compacted(key: Buffer): Promise<Revision> {
    return this.#connection.read(async (etcd, call) => {
      try {
        await etcd.kv.range({ key, revision: 1, count_only: true }, call)
        return 1
      } catch (error) {
        if (!failureOf(error).text.includes('compacted')) throw error
      }
      const watch = await WatchCall.open(etcd, { key, start_revision: 1 }, call)
      try {
        for (;;) {
          const response = await watch.next()
          if (response === null) throw new Error('the watch has ended')
          if (response.canceled) return Number(response.compact_revision)
        }
      } finally {
        watch.close()
      }
    }, {})
  }

  /** The first one. If it is there by now, another one that is not, or else the first that was named. */
  async #missingLease(puts: readonly PutRequest[]): Promise<LeaseId> {
    const leases = puts.flatMap(({ lease }) => (lease === null || lease === 0 ? [] : [lease]))
    if (leases.length > 1)
      for (const lease of new Set(leases))
        if (!(await this.#connection.read((etcd, call) => isThere(etcd, lease, call), {}))) return lease
    return leases[0]!
  }

  /** As of the leases: of the keys whose values or leases were to be kept. */
  async #missingKey(puts: readonly PutRequest[]): Promise<Uint8Array> {
    const keys = puts.flatMap(({ key, value, lease }) => (value === null || lease === null ? [key] : []))
    if (keys.length > 1)
      for (const key of keys) {
        const asked = { key: bufferOf(key), count_only: true }
        const { count } = await this.#connection.read((etcd, call) => etcd.kv.range(asked, call), {})
        if (count === '0') return key
      }
    return keys[0]!
  }
}

/** All puts of all branches, in order. */
function putsOf(operation: Operation): readonly PutRequest[] {
  if (operation.type === 'put') return [operation]
  return operation.type === 'transaction' ? [...operation.success, ...operation.failure].flatMap(putsOf) : []
}

const isOperation = (request: Change | RangeRequest): request is Operation =>
  ['range', 'put', 'delete', 'transaction'].includes(request.type)

/** A key that the caller may read. */
function keyOf(request: Change | RangeRequest): Buffer {
  const range = isOperation(request) ? rangeIn(request) : null
  return range === null ? firstKey : boundsOf(range.range).key
}

function rangeIn(operation: Operation): RangeRequest | null {
  if (operation.type === 'range') return operation
  if (operation.type !== 'transaction') return null
  return [...operation.success, ...operation.failure].map(rangeIn).find((found) => found !== null) ?? null
}

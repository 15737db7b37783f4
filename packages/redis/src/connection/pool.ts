// The shared connections of this process: one for each Redis that is in use.
import { isDeepStrictEqual } from 'node:util'
import type { SharedConnection } from './shared-connection.ts'
import { isClient, isCluster, type RedisSource } from './source.ts'

interface Entry {
  /** A copy of the options, since the caller may change them later; else what the caller has. */
  readonly redis: RedisSource
  /** Null: any. */
  readonly prefix: string | null
  readonly connection: SharedConnection
}

export class ConnectionPool {
  #entries: readonly Entry[] = []

  /** The connection to this Redis that is open, or a new one. Each user closes it by leaving it. */
  take(redis: RedisSource, prefix: string, make: () => SharedConnection): SharedConnection {
    this.#entries = this.#entries.filter(({ connection }) => !connection.isClosed)
    // In a Redis Cluster, prefixes may be on different nodes.
    const scope = typeof redis === 'object' && isCluster(redis) ? prefix : null
    const found = this.#entries.find((entry) => entry.prefix === scope && isSame(entry.redis, redis))
    if (found !== undefined) return found.connection
    const connection = make()
    this.#entries = [...this.#entries, { redis: copyOf(redis), prefix: scope, connection }]
    return connection
  }
}

export const pool: ConnectionPool = new ConnectionPool()

const isPlain = (redis: RedisSource): redis is Exclude<RedisSource, string> =>
  typeof redis === 'object' && !isClient(redis)

const copyOf = (redis: RedisSource): RedisSource => (isPlain(redis) ? { ...redis } : redis)

const isSame = (a: RedisSource, b: RedisSource): boolean =>
  a === b || (isPlain(a) && isPlain(b) && isDeepStrictEqual(a, copyOf(b)))

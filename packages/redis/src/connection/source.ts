// How the user names a Redis, and how clients are made from that.

import { InvalidOptionsError } from '@oarlock/runtime'
import { loadRedis } from '../../optional/ioredis.js'
import type { ClientFactory } from './client.ts'
import { type Ioredis, IoredisClient, ioredisSettings } from './ioredis-client.ts'
import { ClusterClientFactory, type IoredisCluster } from './ioredis-cluster.ts'
import { duplicateNodeRedis, type NodeRedis, NodeRedisClient } from './node-redis-client.ts'

/** Options of ioredis's `Redis`. Options not listed here are passed on to it. */
export interface RedisOptions {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly db?: number | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/**
 * A client of ioredis (`Redis` or `Cluster`) or of node-redis. It is duplicated, and never used, changed or
 * closed itself.
 */
export interface ExistingClient {
  duplicate(...args: never[]): unknown
}

/** A URL (`redis://…`, `rediss://…`), options of ioredis, or a client of ioredis or node-redis. */
export type RedisSource =
  | string
  | RedisOptions
  | (RedisOptions & Readonly<Record<string, unknown>>)
  | ExistingClient

type IoredisClass = new (...args: readonly unknown[]) => Ioredis

/** In a Redis Cluster, the clients connect to the node that holds `key`. Throws InvalidOptionsError. */
export function clientFactoryFor(redis: RedisSource, key: string): ClientFactory {
  if (typeof redis === 'string') {
    const [scheme] = /^[^/?#]*(?=:\/\/)/.exec(redis) ?? []
    if (scheme !== undefined && !/^rediss?$/i.test(scheme))
      throw new InvalidOptionsError(
        `redis: a URL begins with redis:// or rediss://, and not with ${scheme}://`,
      )
    const Redis = loadIoredis()
    return single((listener) => new IoredisClient(new Redis(ioredisSettings, redis), listener))
  }
  if (!isClient(redis)) {
    const Redis = loadIoredis()
    return single((listener) => new IoredisClient(new Redis({ ...redis, ...ioredisSettings }), listener))
  }
  if (isCluster(redis)) return new ClusterClientFactory(redis, key)
  if (isIoredis(redis))
    return single((listener) => new IoredisClient(redis.duplicate(ioredisSettings), listener))
  if (isNodeRedis(redis))
    return single((listener) => new NodeRedisClient(duplicateNodeRedis(redis), listener))
  throw new InvalidOptionsError(
    'redis: this client is not supported. Pass a Redis or Cluster of ioredis, a client of node-redis (createClient), or options',
  )
}

const single = (make: ClientFactory['make']): ClientFactory => ({ make, probe: null, close() {} })

type Duplicable<T> = T & { duplicate(overrides: object): T }

export const isClient = (redis: object): redis is ExistingClient =>
  'duplicate' in redis && typeof redis.duplicate === 'function'

export const isCluster = (client: object): client is IoredisCluster =>
  'isCluster' in client && client.isCluster === true && 'nodes' in client

const isIoredis = (client: object): client is Duplicable<Ioredis> => 'call' in client && 'status' in client

/** False for the cluster, pool and sentinel clients of node-redis. */
const isNodeRedis = (client: object): client is NodeRedis => 'isReady' in client && 'isPubSubActive' in client

/** ioredis is an optional peer dependency, so it is loaded only when it is needed. */
function loadIoredis(): IoredisClass {
  const Redis = loadRedis()
  if (Redis !== null) return Redis as IoredisClass
  throw new InvalidOptionsError(
    'redis: a URL or options need ioredis, which is not installed. Run npm install ioredis, or pass a client of node-redis',
  )
}

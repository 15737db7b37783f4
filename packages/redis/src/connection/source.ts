// What the user has of Redis, and how a client is made of it.
import { createRequire } from 'node:module'
import { InvalidOptionsError } from 'oarlock'
import type { Clients } from './client.ts'
import { type Ioredis, IoredisClient, ioredisSettings } from './ioredis-client.ts'
import { ClusterClients, type IoredisCluster } from './ioredis-cluster.ts'
import { duplicateNodeRedis, type NodeRedis, NodeRedisClient } from './node-redis-client.ts'

/** Options of ioredis's `Redis`; those that it has beyond these are passed on. */
export interface RedisOptions {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly db?: number | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/** A client of ioredis (its Cluster too) or of node-redis: it is duplicated, and neither used nor changed nor closed. */
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

/** In a cluster, clients of the node that holds `key`. Throws InvalidOptionsError. */
export function clientsOf(redis: RedisSource, key: string): Clients {
  if (typeof redis === 'string') {
    const Redis = loadIoredis()
    return single((listener) => new IoredisClient(new Redis(ioredisSettings, redis), listener))
  }
  if (!isClient(redis)) {
    const Redis = loadIoredis()
    return single((listener) => new IoredisClient(new Redis({ ...redis, ...ioredisSettings }), listener))
  }
  if (isCluster(redis)) return new ClusterClients(redis, key)
  if (isIoredis(redis))
    return single((listener) => new IoredisClient(redis.duplicate(ioredisSettings), listener))
  if (isNodeRedis(redis))
    return single((listener) => new NodeRedisClient(duplicateNodeRedis(redis), listener))
  throw new InvalidOptionsError(
    'redis is a client that is not supported: give a Redis or Cluster of ioredis, a client of node-redis (createClient), or options',
  )
}

const single = (make: Clients['make']): Clients => ({ make, probe: null, close() {} })

type Duplicable<T> = T & { duplicate(overrides: object): T }

const isClient = (redis: object): redis is ExistingClient =>
  'duplicate' in redis && typeof redis.duplicate === 'function'

const isCluster = (client: object): client is IoredisCluster =>
  'isCluster' in client && client.isCluster === true && 'nodes' in client

const isIoredis = (client: object): client is Duplicable<Ioredis> => 'call' in client && 'status' in client

/** Not its cluster, pool or sentinel. */
const isNodeRedis = (client: object): client is NodeRedis => 'isReady' in client && 'isPubSubActive' in client

/** Only where it is needed: it is an optional peer. */
function loadIoredis(): IoredisClass {
  try {
    // A bundle may have no URL.
    return createRequire(import.meta.url ?? `${process.cwd()}/`)('ioredis').Redis
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw cause
    throw new InvalidOptionsError(
      'a URL or options need ioredis, which is not installed: npm install ioredis, or give a client of node-redis',
      { cause },
    )
  }
}

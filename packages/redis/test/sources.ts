// One Redis source of each kind, for tests that must hold for all of them.
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { RedisSource } from '../src/connection/index.ts'

export interface SourceOptions {
  readonly port: number
  readonly db?: number
  readonly password?: string
}

/** The clients are not connected: that must make no difference. */
export const sources: Readonly<Record<string, (options: SourceOptions) => RedisSource>> = {
  'options of ioredis': ({ port, db = 0, ...rest }) => ({ host: '127.0.0.1', port, db, ...rest }),
  'a client of ioredis': ({ port, db = 0, ...rest }) =>
    new Redis({ host: '127.0.0.1', port, db, lazyConnect: true, ...rest }),
  'a client of node-redis': ({ port, db = 0, ...rest }) =>
    createClient({ socket: { host: '127.0.0.1', port }, database: db, ...rest }),
}

// A connection of ioredis 5 or 6.
import type { ClientListener, RedisClient } from './client.ts'
import { connectTimeout } from './client.ts'

/** As much of ioredis's `Redis` as is used here. */
export interface Ioredis {
  readonly options: { readonly db?: number | undefined }
  readonly stream?: { destroy(): unknown } | undefined
  connect(): Promise<unknown>
  disconnect(): void
  call(command: string, ...args: (string | Buffer)[]): Promise<unknown>
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'messageBuffer', listener: (channel: Buffer, payload: Buffer) => void): unknown
}

/** What overrides the user's own options: see RedisClient. RESP2, since every Redis and proxy speaks it, and replies look alike. */
export const ioredisSettings: object = {
  lazyConnect: true,
  connectTimeout,
  disconnectTimeout: 100,
  retryStrategy: null,
  sentinelRetryStrategy: null,
  reconnectOnError: null,
  enableOfflineQueue: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: null,
  maxLoadingRetryTime: 200,
  enableAutoPipelining: false,
  commandTimeout: undefined,
  socketTimeout: undefined,
  keyPrefix: '',
  monitor: false,
  stringNumbers: false,
  protocol: 2,
  replyMapping: 'legacy',
  scripts: undefined,
  himportFieldsets: undefined,
}

export class IoredisClient implements RedisClient {
  readonly #redis: Ioredis
  /** ioredis tells why a connection failed in an event, and rejects with less. */
  #trouble: Error | null = null

  constructor(redis: Ioredis, listener: ClientListener) {
    this.#redis = redis
    redis.on('error', (error) => {
      this.#trouble = error
    })
    redis.on('end', () => listener.lost(this.#trouble))
    redis.on('messageBuffer', (channel, payload) => listener.message(channel.toString(), payload))
  }

  get database(): number {
    return this.#redis.options.db ?? 0
  }

  async open(): Promise<void> {
    try {
      await this.#redis.connect()
    } catch (error) {
      throw this.#trouble ?? error
    }
  }

  send([name, ...args]: readonly (string | Buffer)[]): Promise<unknown> {
    return this.#redis.call(String(name), ...args)
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    await this.#redis.subscribe(...channels)
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    await this.#redis.unsubscribe(...channels)
  }

  isReply(error: unknown): boolean {
    return error instanceof Error && error.name === 'ReplyError'
  }

  destroy(): void {
    this.#redis.disconnect()
    // Else it waits for Redis to close its side, which a Redis that hangs does not do.
    this.#redis.stream?.destroy()
  }
}

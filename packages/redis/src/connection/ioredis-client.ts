// A connection of ioredis 5 or 6.
import type { ClientListener, RedisClient } from './client.ts'
import { connectTimeout } from './client.ts'

/** The part of ioredis's `Redis` that this package uses. */
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

/**
 * Overrides the user's options, so that the client meets the contract of RedisClient. The protocol is RESP2:
 * every Redis and proxy speaks it, and replies look the same everywhere.
 */
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
  /** ioredis emits the reason for a failed connection as an event, and rejects with a vaguer error. */
  #lastError: Error | null = null

  constructor(redis: Ioredis, listener: ClientListener) {
    this.#redis = redis
    redis.on('error', (error) => {
      this.#lastError = error
    })
    redis.on('end', () => listener.lost(this.#lastError))
    redis.on('messageBuffer', (channel, payload) => listener.message(channel.toString(), payload))
  }

  get database(): number {
    return this.#redis.options.db ?? 0
  }

  async open(): Promise<void> {
    try {
      await this.#redis.connect()
    } catch (error) {
      throw this.#lastError ?? error
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
    // Otherwise ioredis waits for Redis to close its side, which a hanging Redis never does.
    this.#redis.stream?.destroy()
  }
}

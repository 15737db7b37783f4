// One connection of a client library. It never reconnects: when it fails, a new client replaces it. So every
// library behaves the same way, and nothing from an old connection reaches the next one.

export interface RedisClient {
  /** The number of the database, from the options. */
  readonly database: number
  /** Resolves when the client accepts commands. Rejects with the error of Redis or of the system. */
  open(): Promise<void>
  /** Rejects with the library's error; see `isReply`. */
  send(args: readonly (string | Buffer)[]): Promise<unknown>
  /** Resolves when all channels are subscribed. */
  subscribe(channels: readonly string[]): Promise<void>
  unsubscribe(channels: readonly string[]): Promise<void>
  /** Whether the error is an answer from Redis, not a failure that the library reports. */
  isReply(error: unknown): boolean
  /** Closes at once, without sending anything. Idempotent. */
  destroy(): void
}

export interface ClientListener {
  /** The connection has ended or is unusable. May be called more than once. */
  lost(error: Error | null): void
  message(channel: string, payload: Uint8Array): void
}

export interface ClientFactory {
  /** A new client, not open yet. */
  make(listener: ClientListener): RedisClient
  /** A command, sent every second, that fails if this is no longer the right server. Null: none is needed. */
  readonly probe: readonly string[] | null
  close(): void
}

/** The longest that connecting may take, handshake included, in ms. */
export const connectTimeout = 2000

// One connection of a client library, from its beginning to its end: it is not reconnected, but replaced by another one. So it
// makes no difference which library it is of, and nothing of an old connection can get into the next one.

export interface RedisClient {
  /** The number of the database, by its options. */
  readonly database: number
  /** Resolves when it takes commands; rejects if that cannot be, with Redis's or the system's own words. */
  open(): Promise<void>
  /** Rejects with the library's own error; see `isReply`. */
  send(args: readonly (string | Buffer)[]): Promise<unknown>
  /** Resolves when all are subscribed. */
  subscribe(channels: readonly string[]): Promise<void>
  unsubscribe(channels: readonly string[]): Promise<void>
  /** Whether Redis said that, and not the library. */
  isReply(error: unknown): boolean
  /** At once, without a word to Redis. Idempotent. */
  destroy(): void
}

export interface ClientListener {
  /** The connection has ended, or cannot be used any more. May be called more than once. */
  lost(error: Error | null): void
  message(channel: string, payload: Uint8Array): void
}

/** Where clients come from. */
export interface Clients {
  /** A new client, not open yet. */
  make(listener: ClientListener): RedisClient
  /** What to ask a connection once a second to see whether it still is the right one; null: any will do. */
  readonly probe: readonly string[] | null
  close(): void
}

/** How long a connection may take to come about, its handshake included, in ms. */
export const connectTimeout = 2000

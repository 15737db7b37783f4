// Redis as the election and the transport use it: commands and channels. Each has a connection of its own,
// which reconnects for ever.
import type { Millis } from '@oarlock/core'
import type { Logger } from '@oarlock/runtime'
import { RateLimitedLog } from 'oarlock/wire'
import type { ClientFactory, ClientListener } from './client.ts'
import { RedisUnavailableError } from './errors.ts'
import { ReconnectingClient } from './reconnecting-client.ts'
import { clientFactoryFor, type RedisSource } from './source.ts'
import { type ChannelListener, Subscriptions } from './subscriptions.ts'

export interface RedisConnection {
  /** Both connections are up, and subscribed to every channel. */
  readonly isUp: boolean
  /**
   * The number of the database. Redis shares channels between databases, so put this into a channel's name to
   * separate them.
   */
  readonly database: number
  /**
   * Sends the command now or rejects: commands do not wait for a connection, and none is sent twice. In
   * replies, strings are text and maps are flat lists. Rejects with RedisUnavailableError or
   * RedisReplyError.
   */
  command(args: readonly (string | Uint8Array)[]): Promise<unknown>
  /**
   * Waits for Redis and resolves when subscribed. The subscription outlives reconnections. Rejects if this
   * connection closes.
   */
  subscribe(channel: string, listener: ChannelListener): Promise<void>
  /** Resolves when no further message will arrive. */
  unsubscribe(channel: string, listener: ChannelListener): Promise<void>
  /** The listener is called when `isUp` has changed. Returns a function that removes it. */
  onChange(listener: (isUp: boolean) => void): () => void
  /** Pending calls reject. Leaves no timer, socket or listener behind. Idempotent. */
  close(): Promise<void>
}

export interface ConnectionOptions {
  /** In a Redis Cluster, both connections go to the node that holds the keys of this prefix. */
  readonly prefix: string
  readonly logger?: Logger | undefined
  /** The longest that a command waits for its answer, in ms. Default 2000. */
  readonly commandTimeout?: Millis
  /** The most commands that may await an answer. Further commands reject at once. Default 1000. */
  readonly maxPending?: number
}

/**
 * Starts to connect in the background, and reconnects for ever. Throws InvalidOptionsError for options that
 * cannot work, for example options of ioredis when ioredis is not installed.
 */
export function connect(redis: RedisSource, options: ConnectionOptions): RedisConnection {
  return new TwoConnections(clientFactoryFor(redis, `{${options.prefix}}:cluster`), options)
}

class TwoConnections implements RedisConnection {
  readonly database: number
  readonly #clients: ClientFactory
  readonly #logger: Logger | undefined
  readonly #commands: ReconnectingClient
  readonly #channels: ReconnectingClient
  readonly #subscriptions: Subscriptions
  readonly #listeners = new Set<(isUp: boolean) => void>()
  #isUp = false
  #isClosed = false

  constructor(clients: ClientFactory, options: ConnectionOptions) {
    const { logger, commandTimeout = 2000, maxPending = 1000 } = options
    this.#clients = clients
    this.#logger = logger
    const shared = {
      make: (listener: ClientListener) => clients.make(listener),
      log: new RateLimitedLog(logger),
      commandTimeout,
      maxPending,
    }
    this.#subscriptions = new Subscriptions({
      failed: (client, error) => this.#channels.lost(client, error),
      changed: () => this.#changed(),
    })
    this.#commands = new ReconnectingClient({
      ...shared,
      purpose: 'commands',
      probe: clients.probe,
      prepare: async () => {},
      changed: () => this.#changed(),
      message() {},
    })
    this.#channels = new ReconnectingClient({
      ...shared,
      purpose: 'channels',
      probe: null,
      prepare: (client) => this.#subscriptions.restore(client),
      changed: () => {
        if (!this.#channels.isReady) this.#subscriptions.lost()
        this.#changed()
      },
      message: (channel, payload) => this.#subscriptions.deliver(channel, payload),
    })
    this.#commands.start()
    this.#channels.start()
    this.database = this.#channels.database
  }

  get isUp(): boolean {
    return this.#isUp
  }

  command(args: readonly (string | Uint8Array)[]): Promise<unknown> {
    return this.#commands.send(args)
  }

  subscribe(channel: string, listener: ChannelListener): Promise<void> {
    if (this.#isClosed)
      return Promise.reject(new RedisUnavailableError('the connection to Redis was closed', 'not-applied'))
    return this.#subscriptions.add(channel, listener)
  }

  unsubscribe(channel: string, listener: ChannelListener): Promise<void> {
    return this.#subscriptions.remove(channel, listener)
  }

  onChange(listener: (isUp: boolean) => void): () => void {
    const own = (isUp: boolean): void => listener(isUp)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#commands.close()
    this.#channels.close()
    this.#clients.close()
    this.#changed()
    this.#listeners.clear()
    this.#subscriptions.close()
  }

  #changed(): void {
    const isUp =
      !this.#isClosed && this.#commands.isReady && this.#channels.isReady && this.#subscriptions.areConfirmed
    if (isUp === this.#isUp) return
    this.#isUp = isUp
    if (isUp) this.#logger?.info({}, 'connected to Redis')
    for (const listener of [...this.#listeners]) listener(isUp)
  }
}

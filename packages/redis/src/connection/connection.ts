// What the election and the transport need of Redis: commands, and channels. Two connections of a client library are behind
// it, one for commands, one for the channels; both are kept up, for ever.
import type { Millis } from '@oarlock/core'
import type { Logger } from 'oarlock'
import { RareLog } from 'oarlock/wire'
import type { ClientListener, Clients } from './client.ts'
import { RedisUnavailableError } from './errors.ts'
import { Link } from './reconnecting-client.ts'
import { clientsOf, type RedisSource } from './source.ts'
import { type ChannelListener, Subscriptions } from './subscriptions.ts'

export interface RedisConnection {
  /** Both connections are there, and every channel is subscribed. */
  readonly isUp: boolean
  /** The number of the database. Channels know no databases: who wants them apart must put this into their names. */
  readonly database: number
  /**
   * Sends it at once or not at all: nothing waits for a connection, and nothing is sent twice. Strings in replies are text,
   * maps are flat lists. Rejects with {@link RedisUnavailableError} or {@link RedisReplyError}.
   */
  command(args: readonly (string | Uint8Array)[]): Promise<unknown>
  /** Resolves when it is subscribed, which waits for Redis; it stays so over reconnections. Rejects when this connection is closed. */
  subscribe(channel: string, listener: ChannelListener): Promise<void>
  /** Resolves when nothing will come any more. */
  unsubscribe(channel: string, listener: ChannelListener): Promise<void>
  /** Called when `isUp` has changed. Returns the cancellation. */
  onChange(listener: (isUp: boolean) => void): () => void
  /** Leaves no timer, socket or listener behind. What is under way rejects. Idempotent. */
  close(): Promise<void>
}

export interface ConnectionOptions {
  /** Whose keys are used: in a Redis Cluster, both connections go to the node that holds them. */
  readonly prefix: string
  readonly logger?: Logger | undefined
  /** How long a command waits for its answer, in ms. Default 2000. */
  readonly commandTimeout?: Millis
  /** How many commands may be unanswered; further ones reject at once. Default 1000. */
  readonly maxUnanswered?: number
}

/**
 * A connection over a URL, options of ioredis, or a client of ioredis or node-redis, which is duplicated and left as it is. Does
 * not wait for Redis: it connects by itself, now and whenever it has to. Throws InvalidOptionsError for what cannot work, as
 * options of ioredis where that is not installed.
 */
export function connect(redis: RedisSource, options: ConnectionOptions): RedisConnection {
  return new TwoLinks(clientsOf(redis, `{${options.prefix}}:cluster`), options)
}

class TwoLinks implements RedisConnection {
  readonly database: number
  readonly #clients: Clients
  readonly #logger: Logger | undefined
  readonly #commands: Link
  readonly #channels: Link
  readonly #subscriptions: Subscriptions
  readonly #listeners = new Set<(isUp: boolean) => void>()
  #isUp = false
  #isClosed = false

  constructor(clients: Clients, options: ConnectionOptions) {
    const { logger, commandTimeout = 2000, maxUnanswered = 1000 } = options
    this.#clients = clients
    this.#logger = logger
    const common = {
      make: (listener: ClientListener) => clients.make(listener),
      log: new RareLog(logger),
      commandTimeout,
      maxUnanswered,
    }
    this.#subscriptions = new Subscriptions({
      failed: (client, error) => this.#channels.lost(client, error),
      changed: () => this.#changed(),
    })
    this.#commands = new Link({
      ...common,
      purpose: 'commands',
      probe: clients.probe,
      prepare: async () => {},
      changed: () => this.#changed(),
      message() {},
    })
    this.#channels = new Link({
      ...common,
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
      return Promise.reject(new RedisUnavailableError('the connection was closed', 'not-applied'))
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

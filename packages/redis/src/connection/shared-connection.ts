// The two connections to one Redis, for commands and for channels. They are shared by all their users, are
// kept up for ever, and close with the last user.
import type { Millis } from '@oarlock/core'
import type { Logger } from '@oarlock/runtime'
import { RateLimitedLog } from 'oarlock/wire'
import type { ClientFactory, ClientListener } from './client.ts'
import { FanOutLogger } from './fan-out-logger.ts'
import type { RedisProblem } from './problem.ts'
import { ReconnectingClient } from './reconnecting-client.ts'
import { type ChannelListener, Subscriptions } from './subscriptions.ts'

export interface SharedConnectionOptions {
  readonly commandTimeout: Millis
  readonly maxPending: number
}

/** A user of the connections. */
export interface ConnectionUser {
  readonly logger: Logger | undefined
  /** The state of the connections or of a channel may have changed. */
  changed(): void
}

export class SharedConnection {
  readonly database: number
  readonly #clients: ClientFactory
  readonly #logger = new FanOutLogger()
  readonly #commands: ReconnectingClient
  readonly #channels: ReconnectingClient
  readonly #subscriptions: Subscriptions
  readonly #users = new Set<ConnectionUser>()
  #isReady = false
  #isClosed = false

  constructor(clients: ClientFactory, options: SharedConnectionOptions) {
    this.#clients = clients
    const common = {
      make: (listener: ClientListener) => clients.make(listener),
      log: new RateLimitedLog(this.#logger),
      ...options,
    }
    this.#subscriptions = new Subscriptions({
      failed: (client, error) => this.#channels.lost(client, error),
      changed: () => this.#changed(),
    })
    this.#commands = new ReconnectingClient({
      ...common,
      purpose: 'commands',
      probe: clients.probe,
      prepare: async () => {},
      changed: () => this.#changed(),
      message() {},
    })
    this.#channels = new ReconnectingClient({
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

  /** Both connections are up. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Why a connection is not up. Null: both are up, or are made for the first time. */
  get problem(): RedisProblem | null {
    return this.#commands.problem ?? this.#channels.problem
  }

  isSubscribed(channel: string): boolean {
    return this.#subscriptions.isSubscribed(channel)
  }

  problemOf(channel: string): RedisProblem | null {
    return this.#subscriptions.problemOf(channel)
  }

  /** Returns the function that removes the user. The connections close with the last one. */
  use(user: ConnectionUser): () => void {
    this.#users.add(user)
    this.#logger.add(user.logger)
    // What was logged before was not logged here.
    if (this.#users.size > 1 && this.problem !== null) user.logger?.warn({}, this.problem.text)
    return () => {
      if (!this.#users.delete(user)) return
      this.#logger.remove(user.logger)
      if (this.#users.size === 0) this.#close()
    }
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  command(args: readonly (string | Uint8Array)[]): Promise<unknown> {
    return this.#commands.send(args)
  }

  subscribe(channel: string, listener: ChannelListener): Promise<void> {
    return this.#subscriptions.add(channel, listener)
  }

  unsubscribe(channel: string, listener: ChannelListener): Promise<void> {
    return this.#subscriptions.remove(channel, listener)
  }

  #close(): void {
    this.#isClosed = true
    this.#isReady = false
    this.#commands.close()
    this.#channels.close()
    this.#clients.close()
    this.#subscriptions.close()
  }

  #changed(): void {
    if (this.#isClosed) return
    const isReady = this.#commands.isReady && this.#channels.isReady
    if (isReady && !this.#isReady) this.#logger.info({}, 'connected to Redis')
    this.#isReady = isReady
    for (const user of [...this.#users]) user.changed()
  }
}

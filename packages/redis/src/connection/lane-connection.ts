// The two connections of one lane (see laneOf): one for commands, one for channels. Each is kept up for ever.
import type { Lane } from '@oarlock/runtime'
import type { RateLimitedLog } from 'oarlock/wire'
import type { ClientFactory, ClientListener } from './client.ts'
import type { PendingLimits } from './pending-commands.ts'
import type { RedisProblem } from './problem.ts'
import { ReconnectingClient } from './reconnecting-client.ts'
import { type ChannelListener, Subscriptions } from './subscriptions.ts'

export interface LaneConnectionInit extends PendingLimits {
  readonly lane: Lane
  readonly clients: ClientFactory
  readonly log: RateLimitedLog
  /** `isReady` or the subscription of a channel may have changed. */
  readonly changed: () => void
  /** A connection ended, or could not be made. */
  readonly lost: (cause: Error | null) => void
}

export class LaneConnection {
  readonly #commands: ReconnectingClient
  readonly #channels: ReconnectingClient
  readonly #subscriptions: Subscriptions

  constructor({ lane, clients, log, changed, lost, commandTimeout, maxPending }: LaneConnectionInit) {
    const common = {
      make: (listener: ClientListener) => clients.make(listener),
      log,
      commandTimeout,
      maxPending,
      lost,
    }
    const purpose = (what: string): string => (lane === 'control' ? what : `${lane} ${what}`)
    this.#subscriptions = new Subscriptions({
      failed: (client, error) => this.#channels.lost(client, error),
      changed,
    })
    this.#commands = new ReconnectingClient({
      ...common,
      purpose: purpose('commands'),
      probe: clients.probe,
      prepare: async () => {},
      changed,
      message() {},
    })
    this.#channels = new ReconnectingClient({
      ...common,
      purpose: purpose('channels'),
      probe: null,
      prepare: (client) => this.#subscriptions.restore(client),
      changed: () => {
        if (!this.#channels.isReady) this.#subscriptions.lost()
        changed()
      },
      message: (channel, payload) => this.#subscriptions.deliver(channel, payload),
    })
  }

  /** Throws the client library's error for invalid options. */
  start(): void {
    this.#commands.start()
    this.#channels.start()
  }

  /** From the options. Known once started. */
  get database(): number {
    return this.#channels.database
  }

  /** Both connections are up. */
  get isReady(): boolean {
    return this.#commands.isReady && this.#channels.isReady
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

  command(args: readonly (string | Uint8Array)[]): Promise<unknown> {
    return this.#commands.send(args)
  }

  subscribe(channel: string, listener: ChannelListener): Promise<void> {
    return this.#subscriptions.add(channel, listener)
  }

  unsubscribe(channel: string, listener: ChannelListener): Promise<void> {
    return this.#subscriptions.remove(channel, listener)
  }

  /** Both connections are replaced by new ones, if they are up. */
  replace(cause: Error | null): void {
    this.#commands.replace(cause)
    this.#channels.replace(cause)
  }

  close(): void {
    this.#commands.close()
    this.#channels.close()
    this.#subscriptions.close()
  }
}

// The connections to one Redis: two for each lane in use, for commands and for channels. They are shared by
// all their users, are kept up for ever, and close with the last user.
import type { Millis } from '@oarlock/core'
import type { EventLogger, Lane } from '@oarlock/runtime'
import { RateLimitedLog } from 'oarlock/wire'
import type { ClientFactory } from './client.ts'
import { FanOutLogger } from './fan-out-logger.ts'
import { LaneConnection } from './lane-connection.ts'
import type { RedisProblem } from './problem.ts'
import type { ChannelListener } from './subscriptions.ts'

/**
 * How long a connection for `bulk` may be silent, in ms, if that is longer than `commandTimeout`. A long
 * message takes its time on a slow link, and nothing else arrives meanwhile. If Redis is gone, `control`
 * notices.
 */
const bulkTimeout: Millis = 15_000

export interface SharedConnectionOptions {
  readonly commandTimeout: Millis
  readonly maxPending: number
  /** Whether there are connections for the lane `bulk`. */
  readonly bulk: boolean
}

/** A user of the connections. */
export interface ConnectionUser {
  readonly logger: EventLogger | undefined
  /** The state of the connections or of a channel may have changed. */
  changed(): void
}

export class SharedConnection {
  readonly database: number
  readonly #clients: ClientFactory
  readonly #logger = new FanOutLogger()
  readonly #control: LaneConnection
  readonly #bulk: LaneConnection | null
  readonly #users = new Set<ConnectionUser>()
  #isReady = false
  #isClosed = false

  constructor(clients: ClientFactory, { commandTimeout, maxPending, bulk }: SharedConnectionOptions) {
    this.#clients = clients
    const common = {
      clients,
      log: new RateLimitedLog(this.#logger),
      maxPending,
      changed: () => this.#changed(),
    }
    this.#control = new LaneConnection({
      ...common,
      lane: 'control',
      commandTimeout,
      lost: (cause) => this.#bulk?.replace(cause),
    })
    this.#bulk = bulk
      ? new LaneConnection({
          ...common,
          lane: 'bulk',
          commandTimeout: Math.max(commandTimeout, bulkTimeout),
          lost() {},
        })
      : null
    this.#control.start()
    this.#bulk?.start()
    this.database = this.#control.database
  }

  /** All connections are up. Without one lane the other one is of little use, as over TCP. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Why a connection is not up. Null: all are up, or are made for the first time. */
  get problem(): RedisProblem | null {
    const problem = this.#control.problem ?? this.#bulk?.problem ?? null
    if (problem === null || !this.#control.isReady) return problem
    return { ...problem, text: `${problem.text}. This is the connection for entries; that for votes is up` }
  }

  isSubscribed(channel: string, lane: Lane): boolean {
    return this.#of(lane).isSubscribed(channel)
  }

  problemOf(channel: string, lane: Lane): RedisProblem | null {
    return this.#of(lane).problemOf(channel)
  }

  /** Returns the function that removes the user. The connections close with the last one. */
  use(user: ConnectionUser): () => void {
    this.#users.add(user)
    this.#logger.add(user.logger)
    // What was logged before was not logged here.
    if (this.#users.size > 1 && this.problem !== null)
      user.logger?.warn({ event: 'broker-failed' }, this.problem.text)
    return () => {
      if (!this.#users.delete(user)) return
      this.#logger.remove(user.logger)
      if (this.#users.size === 0) this.#close()
    }
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  command(args: readonly (string | Uint8Array)[], lane: Lane): Promise<unknown> {
    return this.#of(lane).command(args)
  }

  subscribe(channel: string, listener: ChannelListener, lane: Lane): Promise<void> {
    return this.#of(lane).subscribe(channel, listener)
  }

  unsubscribe(channel: string, listener: ChannelListener, lane: Lane): Promise<void> {
    return this.#of(lane).unsubscribe(channel, listener)
  }

  /** Without connections for `bulk`, everything takes those for `control`. */
  #of(lane: Lane): LaneConnection {
    return lane === 'bulk' && this.#bulk !== null ? this.#bulk : this.#control
  }

  #close(): void {
    this.#isClosed = true
    this.#isReady = false
    this.#control.close()
    this.#bulk?.close()
    this.#clients.close()
  }

  #changed(): void {
    if (this.#isClosed) return
    const isReady = this.#control.isReady && this.#bulk?.isReady !== false
    if (isReady && !this.#isReady) this.#logger.info({ event: 'broker-connected' }, 'connected to Redis')
    this.#isReady = isReady
    for (const user of [...this.#users]) user.changed()
  }
}

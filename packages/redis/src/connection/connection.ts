// Redis as the election and the transport use it: commands and channels.
import type { Millis } from '@oarlock/core'
import { type EventLogger, InvalidOptionsError, type Lane } from '@oarlock/runtime'
import { RateLimitedLog } from 'oarlock/wire'
import { RedisUnavailableError } from './errors.ts'
import { pool } from './pool.ts'
import type { RedisProblem } from './problem.ts'
import { SharedConnection, type SharedConnectionOptions } from './shared-connection.ts'
import { clientFactoryFor, type RedisSource } from './source.ts'
import type { ChannelListener } from './subscriptions.ts'

export interface RedisConnection {
  /** Commands and channels work, and every channel of this connection is subscribed. */
  readonly isUp: boolean
  /** Why it is not up. Empty: it is up, or is being made for the first time. */
  readonly problems: readonly RedisProblem[]
  /**
   * The number of the database. Redis shares channels between databases, so put this into a channel's name to
   * separate them.
   */
  readonly database: number
  /**
   * Sends the command now or rejects: commands do not wait for a connection, and none is sent twice. In
   * replies, strings are text and maps are flat lists. Rejects with RedisUnavailableError or
   * RedisReplyError. With connections for `bulk`, a command of one lane does not wait for those of the other.
   */
  command(args: readonly (string | Uint8Array)[], lane?: Lane): Promise<unknown>
  /**
   * Waits for Redis and resolves when subscribed. The subscription outlives reconnections. Rejects if this
   * connection closes. Each channel belongs to one lane.
   */
  subscribe(channel: string, listener: ChannelListener, lane?: Lane): Promise<void>
  /** Resolves when no further message will arrive. */
  unsubscribe(channel: string, listener: ChannelListener): Promise<void>
  /** The listener is called when `isUp` has changed. Returns a function that removes it. */
  onChange(listener: (isUp: boolean) => void): () => void
  /** Pending calls reject. The last user of a shared connection closes it. Idempotent. */
  close(): Promise<void>
}

export interface ConnectionOptions {
  /** In a Redis Cluster, all connections go to the node that holds the keys of this prefix. */
  readonly prefix: string
  readonly logger?: EventLogger | undefined
  /** The longest that a command waits for its answer, in ms. Default 2000. */
  readonly commandTimeout?: Millis
  /** The most commands that may await an answer. Further commands reject at once. Default 10000. */
  readonly maxPending?: number
  /** Two more connections, for the lane `bulk`. Default: there is one lane. */
  readonly bulk?: boolean
}

const defaults = { commandTimeout: 2000, maxPending: 10_000, bulk: false }

/**
 * Starts to connect in the background, and reconnects for ever. Throws InvalidOptionsError for options that
 * cannot work, for example options of ioredis when ioredis is not installed.
 */
export function connect(redis: RedisSource, options: ConnectionOptions): RedisConnection {
  const { prefix, logger, ...limits } = options
  return new Connection(open(redis, prefix, { ...defaults, ...limits }), logger)
}

/** As `connect`, but all users of the same Redis in this process share its two connections. */
export function share(redis: RedisSource, { prefix, logger }: ConnectionOptions): RedisConnection {
  const make = () => open(redis, prefix, defaults)
  return new Connection(pool.take(redis, prefix, make), logger)
}

function open(redis: RedisSource, prefix: string, options: SharedConnectionOptions): SharedConnection {
  try {
    return new SharedConnection(clientFactoryFor(redis, `{${prefix}}:cluster`), options)
  } catch (cause) {
    if (cause instanceof InvalidOptionsError) throw cause
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new InvalidOptionsError(`redis: the client library refuses it: ${problem}`, { cause })
  }
}

class Connection implements RedisConnection {
  readonly database: number
  readonly #shared: SharedConnection
  readonly #leave: () => void
  readonly #log: RateLimitedLog
  readonly #channels = new Map<string, { readonly lane: Lane; readonly listeners: Set<ChannelListener> }>()
  readonly #listeners = new Set<(isUp: boolean) => void>()
  readonly #pending = new Set<(error: Error) => void>()
  #isUp = false
  #isClosed = false

  constructor(shared: SharedConnection, logger: EventLogger | undefined) {
    this.#shared = shared
    this.database = shared.database
    this.#log = new RateLimitedLog(logger)
    this.#leave = shared.use({ logger, changed: () => this.#changed() })
    this.#isUp = shared.isReady
  }

  get isUp(): boolean {
    return this.#isUp
  }

  get problems(): readonly RedisProblem[] {
    const { problem } = this.#shared
    if (problem !== null) return [problem]
    const found = [...this.#channels].flatMap(
      ([channel, { lane }]) => this.#shared.problemOf(channel, lane) ?? [],
    )
    // The channels usually have the same problem.
    return found.filter(({ text }, at) => found.findIndex((other) => other.text === text) === at)
  }

  command(args: readonly (string | Uint8Array)[], lane: Lane = 'control'): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(closed('not-applied'))
    return this.#unlessClosed(this.#shared.command(args, lane))
  }

  subscribe(channel: string, listener: ChannelListener, lane: Lane = 'control'): Promise<void> {
    if (this.#isClosed) return Promise.reject(closed('not-applied'))
    const known = this.#channels.get(channel)
    if (known === undefined) this.#channels.set(channel, { lane, listeners: new Set([listener]) })
    else known.listeners.add(listener)
    return this.#unlessClosed(this.#shared.subscribe(channel, listener, known?.lane ?? lane))
  }

  unsubscribe(channel: string, listener: ChannelListener): Promise<void> {
    const known = this.#channels.get(channel)
    if (known === undefined) return Promise.resolve()
    const { lane, listeners } = known
    if (listeners.delete(listener) && listeners.size === 0) this.#channels.delete(channel)
    return this.#shared.unsubscribe(channel, listener, lane)
  }

  onChange(listener: (isUp: boolean) => void): () => void {
    const own = (isUp: boolean): void => listener(isUp)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#changed()
    this.#listeners.clear()
    for (const [channel, { lane, listeners }] of this.#channels)
      for (const listener of listeners) void this.#shared.unsubscribe(channel, listener, lane)
    this.#leave()
    for (const reject of [...this.#pending]) reject(closed('unknown'))
  }

  /** The answer may arrive after this connection has closed, if others still use the shared one. */
  #unlessClosed<T>(answer: Promise<T>): Promise<T> {
    const result = new Promise<T>((resolve, reject) => {
      this.#pending.add(reject)
      const end = () => this.#pending.delete(reject)
      answer.then(
        (value) => {
          end()
          resolve(value)
        },
        (error) => {
          end()
          reject(error)
        },
      )
    })
    // A caller that ignores the promise need not handle its rejection.
    result.catch(() => {})
    return result
  }

  #changed(): void {
    for (const [channel, { lane }] of this.#channels) {
      const text = this.#shared.problemOf(channel, lane)?.text
      if (text !== undefined) this.#log.warn(text, { event: 'broker-failed', channel }, text)
    }
    const isUp = !this.#isClosed && this.#shared.isReady && this.#areSubscribed
    if (isUp === this.#isUp) return
    this.#isUp = isUp
    for (const listener of [...this.#listeners]) listener(isUp)
  }

  get #areSubscribed(): boolean {
    for (const [channel, { lane }] of this.#channels)
      if (!this.#shared.isSubscribed(channel, lane)) return false
    return true
  }
}

const closed = (outcome: 'not-applied' | 'unknown'): RedisUnavailableError =>
  new RedisUnavailableError('the connection to Redis was closed', outcome)

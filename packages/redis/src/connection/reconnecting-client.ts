// A connection that reconnects for ever: it replaces a lost client by a new one after a short pause. A
// hanging Redis counts as lost: each command has a timeout, and a connection that stays silent is replaced.
import type { Millis } from '@oarlock/core'
import type { RateLimitedLog } from 'oarlock/wire'
import { type ClientListener, connectTimeout, type RedisClient } from './client.ts'
import { RedisReplyError, RedisUnavailableError } from './errors.ts'
import { PendingCommands } from './pending-commands.ts'
import type { RedisProblem } from './problem.ts'
import { explainAnswer, explainRefusal } from './refusal.ts'

/** The pause before an attempt doubles from `first` to `longest`, in ms. */
const pauses = { first: 25, longest: 500 }
/** After a connection that lasted this long, pauses start again at `first`, and problems are logged anew. */
const goodConnection: Millis = 1000
/** How often a connection is checked. If nothing arrived since the last check, it gets a PING. */
const checkEvery: Millis = 1000

/** A master became a replica, or a node gave its slot away. A new connection may reach the right server. */
const wrongServer = /^(READONLY|MOVED|MASTERDOWN|CLUSTERDOWN) /

export interface ReconnectingClientInit {
  /** For the log: 'commands', 'bulk channels'. */
  readonly purpose: string
  readonly make: (listener: ClientListener) => RedisClient
  /** A command sent once a second. Null: a PING, and only when the connection is silent. */
  readonly probe: readonly string[] | null
  readonly log: RateLimitedLog
  readonly commandTimeout: Millis
  /** The most commands that may await an answer. Further commands reject at once. */
  readonly maxPending: number
  /** Runs on each new connection before it counts as ready. */
  readonly prepare: (client: RedisClient) => Promise<void>
  /** `isReady` has changed. */
  readonly changed: () => void
  /** The connection ended, or could not be made. */
  readonly lost: (cause: Error | null) => void
  readonly message: (channel: string, payload: Uint8Array) => void
}

export class ReconnectingClient {
  readonly #init: ReconnectingClientInit
  #client: RedisClient | null = null
  #database = 0
  #state: 'waiting' | 'connecting' | 'ready' | 'closed' = 'waiting'
  /** The pause before the next attempt, or the timeout of the current one. */
  #timer: NodeJS.Timeout | undefined
  #healthCheck: NodeJS.Timeout | undefined
  #failures = 0
  #readyAt: Millis = 0
  #heardAt: Millis = 0
  #checkedAt: Millis = 0
  #pending: PendingCommands
  readonly #problems = new Set<string>()
  #problem: RedisProblem | null = null

  constructor(init: ReconnectingClientInit) {
    this.#init = init
    this.#pending = new PendingCommands(init)
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  /** Why it is not ready. Null: it is, or connects for the first time. */
  get problem(): RedisProblem | null {
    return this.#problem
  }

  /** From the options. Known once started. */
  get database(): number {
    return this.#database
  }

  /** Throws the client library's error for invalid options. */
  start(): void {
    this.#state = 'connecting'
    const client = this.#init.make({
      lost: (error) => this.lost(client, error),
      message: (channel, payload) => {
        if (this.#client !== client) return
        this.#heardAt = performance.now()
        this.#init.message(channel, payload)
      },
    })
    this.#client = client
    this.#database = client.database
    this.#timer = setTimeout(
      () => this.lost(client, new Error(`Redis did not answer within ${connectTimeout} ms`)),
      connectTimeout,
    )
    client
      .open()
      .then(() => (this.#client === client ? this.#init.prepare(client) : undefined))
      .then(
        () => this.#ready(client),
        (error) => this.lost(client, error),
      )
  }

  send(args: readonly (string | Uint8Array)[]): Promise<unknown> {
    const client = this.#client
    if (this.#state !== 'ready' || client === null)
      return Promise.reject(
        new RedisUnavailableError('not connected to Redis: the command was not sent', 'not-applied'),
      )
    const { commandTimeout } = this.#init
    const sentAt = performance.now()
    return this.#pending.send(args.map(argument), {
      send: (all) => client.send(all),
      answered: () => {
        if (this.#client === client) this.#heardAt = performance.now()
      },
      failed: (error) => {
        const isReply = client.isReply(error)
        if (isReply && wrongServer.test(error.message)) process.nextTick(() => this.lost(client, error))
        if (isReply) return new RedisReplyError(explainRefusal(error.message, args), { cause: error })
        // Any other error means that the connection is lost. The library may report that only later.
        this.lost(client, error)
        return null
      },
      timedOut: () => {
        // Not by the length of the silence: a timer may run a little early by this clock.
        if (this.#heardAt <= sentAt)
          this.lost(client, new Error(`Redis did not answer within ${commandTimeout} ms`))
      },
    })
  }

  /** This client is unusable: replaces it. */
  lost(client: RedisClient, error: Error | null): void {
    if (this.#client !== client) return
    const problem = explainAnswer(error?.message || 'the connection was closed')
    const wasReady = this.#state === 'ready'
    if (wasReady && performance.now() - this.#readyAt >= goodConnection) this.#forgetProblems()
    this.#discard(`lost the connection to Redis: ${problem}`)
    this.#state = 'waiting'
    this.#tryLater()
    this.#warn(problem)
    this.#init.changed()
    this.#init.lost(error)
  }

  /** As `lost`, if it is ready. */
  replace(cause: Error | null): void {
    if (this.#client !== null && this.#state === 'ready') this.lost(this.#client, cause)
  }

  close(): void {
    this.#state = 'closed'
    this.#discard('the connection to Redis was closed')
  }

  #tryLater(): void {
    const pause = Math.min(pauses.longest, pauses.first * 2 ** this.#failures++)
    const retry = (): void => {
      try {
        this.start()
      } catch (error) {
        this.#warn((error as Error).message)
        this.#tryLater()
      }
    }
    this.#timer = setTimeout(retry, pause * (0.5 + Math.random() / 2))
  }

  #warn(problem: string): void {
    const { purpose, log } = this.#init
    // Both connections usually fail for the same reason, which is logged once.
    this.#problems.add(problem)
    const text = `no connection to Redis: ${problem}`
    this.#problem = { text, since: this.#problem?.since ?? performance.now() }
    log.warn(problem, { event: 'broker-failed', problem, purpose }, text)
  }

  #ready(client: RedisClient): void {
    if (this.#client !== client) return
    clearTimeout(this.#timer)
    this.#state = 'ready'
    this.#problem = null
    this.#readyAt = this.#heardAt = this.#checkedAt = performance.now()
    this.#healthCheck = setInterval(() => this.#checkHealth(), checkEvery)
    this.#init.changed()
  }

  #checkHealth(): void {
    const { probe } = this.#init
    const isSilent = this.#heardAt <= this.#checkedAt
    this.#checkedAt = performance.now()
    if (probe !== null || isSilent) this.send(probe ?? ['PING']).catch(() => {})
  }

  #forgetProblems(): void {
    this.#failures = 0
    for (const problem of this.#problems) this.#init.log.resolved(problem)
    this.#problems.clear()
  }

  #discard(why: string): void {
    clearTimeout(this.#timer)
    clearInterval(this.#healthCheck)
    const client = this.#client
    this.#client = null
    client?.destroy()
    const pending = this.#pending
    this.#pending = new PendingCommands(this.#init)
    pending.giveUp(why)
  }
}

const argument = (value: string | Uint8Array): string | Buffer =>
  typeof value === 'string' || Buffer.isBuffer(value)
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength)

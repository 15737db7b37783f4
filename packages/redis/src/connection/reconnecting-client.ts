// One connection that is kept up: a client after another, with a pause in between that never gets long. A Redis that hangs is
// as good as none: every command has its time, and a connection on which nothing comes any more is given up.
import type { Millis } from '@oarlock/core'
import type { RareLog } from 'oarlock/wire'
import { type ClientListener, connectTimeout, type RedisClient } from './client.ts'
import { RedisReplyError, RedisUnavailableError } from './errors.ts'
import { Unanswered } from './pending-commands.ts'

/** The pause before the next attempt doubles from the first of these to the last. In ms. */
const pauses = { first: 25, longest: 500 }
/** A connection that held this long was a good one: the next attempt is soon again, and what was wrong before is forgotten. */
const goodConnection: Millis = 1000
/** A connection on which nothing came for this long is asked whether it lives. */
const quietFor: Millis = 1000

/** A master that became a replica, or a node that gave the slot away: another connection may lead to the right one. */
const wrongServer = /^(READONLY|MOVED|MASTERDOWN|CLUSTERDOWN) /

export interface LinkInit {
  /** For the log: 'commands', 'channels'. */
  readonly purpose: string
  readonly make: (listener: ClientListener) => RedisClient
  /** What to ask it once a second; null: whether it lives, and that only where nothing is heard of it. */
  readonly probe: readonly string[] | null
  readonly log: RareLog
  readonly commandTimeout: Millis
  /** This many commands may be unanswered; further ones are refused. */
  readonly maxUnanswered: number
  /** What has to be done on a new connection before it is ready. */
  readonly prepare: (client: RedisClient) => Promise<void>
  /** It is ready now, or not any more. */
  readonly changed: () => void
  readonly message: (channel: string, payload: Uint8Array) => void
}

export class Link {
  readonly #init: LinkInit
  #client: RedisClient | null = null
  #database = 0
  #state: 'waiting' | 'connecting' | 'ready' | 'closed' = 'waiting'
  /** Until the next attempt, or for the one that is under way. */
  #timer: NodeJS.Timeout | undefined
  #watch: NodeJS.Timeout | undefined
  #failures = 0
  #readyAt: Millis = 0
  #heardAt: Millis = 0
  #unanswered: Unanswered
  readonly #problems = new Set<string>()

  constructor(init: LinkInit) {
    this.#init = init
    this.#unanswered = new Unanswered(init)
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  /** As the options say. Known once it is started. */
  get database(): number {
    return this.#database
  }

  /** Throws what the client library thinks of the options. */
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
      () => this.lost(client, new Error(`it did not answer within ${connectTimeout} ms`)),
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
      return Promise.reject(new RedisUnavailableError('not connected to Redis', 'not-applied'))
    const { commandTimeout } = this.#init
    return this.#unanswered.ask(args.map(argument), {
      send: (all) => client.send(all),
      answered: () => {
        if (this.#client === client) this.#heardAt = performance.now()
      },
      failed: (error) => {
        const isReply = client.isReply(error)
        if (isReply && wrongServer.test(error.message)) process.nextTick(() => this.lost(client, error))
        if (isReply) return new RedisReplyError(error.message)
        // What the library means by another error is that the connection is lost, which it may say a little later.
        this.lost(client, error)
        return null
      },
      late: () => {
        if (performance.now() - this.#heardAt >= commandTimeout)
          this.lost(client, new Error(`it did not answer within ${commandTimeout} ms`))
      },
    })
  }

  /** That connection cannot be used: makes another one. */
  lost(client: RedisClient, error: Error | null): void {
    if (this.#client !== client) return
    const problem = error?.message || 'it was closed'
    const wasReady = this.#state === 'ready'
    if (wasReady && performance.now() - this.#readyAt >= goodConnection) this.#wasGood()
    this.#discard(`the connection to Redis was lost: ${problem}`)
    this.#state = 'waiting'
    this.#tryLater()
    this.#warn(problem)
    this.#init.changed()
  }

  close(): void {
    this.#state = 'closed'
    this.#discard('the connection was closed')
  }

  #tryLater(): void {
    const pause = Math.min(pauses.longest, pauses.first * 2 ** this.#failures++)
    const again = (): void => {
      try {
        this.start()
      } catch (error) {
        this.#warn((error as Error).message)
        this.#tryLater()
      }
    }
    this.#timer = setTimeout(again, pause * (0.5 + Math.random() / 2))
  }

  #warn(problem: string): void {
    const { purpose, log } = this.#init
    // Both connections fail for the same reason, mostly: that is told once.
    this.#problems.add(problem)
    log.warn(problem, { problem, purpose }, `no connection to Redis: ${problem}`)
  }

  #ready(client: RedisClient): void {
    if (this.#client !== client) return
    clearTimeout(this.#timer)
    this.#state = 'ready'
    this.#readyAt = this.#heardAt = performance.now()
    this.#watch = setInterval(() => this.#look(), quietFor)
    this.#init.changed()
  }

  #look(): void {
    const { probe } = this.#init
    if (probe !== null || performance.now() - this.#heardAt >= quietFor)
      this.send(probe ?? ['PING']).catch(() => {})
  }

  #wasGood(): void {
    this.#failures = 0
    for (const problem of this.#problems) this.#init.log.settled(problem)
    this.#problems.clear()
  }

  #discard(why: string): void {
    clearTimeout(this.#timer)
    clearInterval(this.#watch)
    const client = this.#client
    this.#client = null
    client?.destroy()
    const unanswered = this.#unanswered
    this.#unanswered = new Unanswered(this.#init)
    unanswered.giveUp(why)
  }
}

const argument = (value: string | Uint8Array): string | Buffer =>
  typeof value === 'string' || Buffer.isBuffer(value)
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength)

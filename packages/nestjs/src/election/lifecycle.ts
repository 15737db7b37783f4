// Takes part in an election from the application's start to its shutdown: calls the application's handlers,
// and keeps a leadership from being handed over before its work has ended.
import { AsyncLocalStorage } from 'node:async_hooks'
import { type LeaderInfo, type Leadership, MemberClosedError } from 'oarlock'
import { publish } from './diagnostics.ts'
import type { LeaderElectionService } from './service.ts'

/** The application's handlers of changes in an election. */
export interface ElectionHandlers {
  readonly elected: readonly Handler<Leadership>[]
  readonly revoked: readonly Handler<Error>[]
  readonly leader: readonly Handler<LeaderInfo | null>[]
}

export interface Handler<T> {
  /** The handler's name in logs. */
  readonly what: string
  run(news: T): unknown
}

/** The part of Nest's logger that is used here. */
export interface LifecycleLog {
  log(message: string): void
  warn(message: string): void
  error(message: string, stack?: string): void
}

export interface LifecycleInit {
  readonly service: LeaderElectionService
  readonly handlers: ElectionHandlers
  /** How long shutdown waits for leader work before it hands over, in ms. */
  readonly drainTimeout: number
  readonly log: LifecycleLog
}

export class ElectionLifecycle {
  readonly #init: LifecycleInit
  /**
   * Calls handlers outside of the election's own task. If a handler closes the application, the election must
   * still wait for that task, which waits for the other handlers.
   */
  readonly #outside = AsyncLocalStorage.snapshot()

  constructor(init: LifecycleInit) {
    this.#init = init
  }

  /** To be called when the election is open. */
  start(): void {
    void this.#observe()
    void this.#lead()
  }

  async #observe(): Promise<void> {
    const { service, handlers } = this.#init
    try {
      for await (const leader of service.election.observe()) {
        service.setLeader(leader)
        publish('oarlock:leader', { election: service, leader })
        for (const handler of handlers.leader) void this.#call(handler, leader)
      }
      await service.election.closed
      service.finish(null)
    } catch (error) {
      service.finish(error instanceof Error ? error : new Error(String(error)))
    }
  }

  async #lead(): Promise<void> {
    const { service, log } = this.#init
    try {
      await service.election.lead((leadership) => this.#runLeadership(leadership))
    } catch (error) {
      log.error(`election '${service.name}': this instance takes no part any more: ${error}`, stackOf(error))
    }
  }

  /**
   * Returns when the leadership's work has ended. The election hands over, or runs the next leadership, only
   * after that.
   */
  async #runLeadership(leadership: Leadership): Promise<void> {
    const { service, handlers, log } = this.#init
    const { fence, signal } = leadership
    log.log(`election '${service.name}': ${service.id} leads, fence ${fence}`)
    publish('oarlock:elected', { election: service, fence })
    const callAll = <T>(some: readonly Handler<T>[], news: T) =>
      some.map((handler) => this.#call(handler, news, leadership))

    const calls = callAll(handlers.elected, leadership)
    await aborted(signal)
    const reason: Error = signal.reason
    log.log(`election '${service.name}': ${service.id} leads no longer: ${reason.message}`)
    publish('oarlock:revoked', { election: service, fence, reason })
    calls.push(...callAll(handlers.revoked, reason))
    await this.#drain(Promise.all(calls), reason instanceof MemberClosedError)
  }

  /** Logs the handler's error: it must not keep the other handlers, or the election, from going on. */
  async #call<T>(handler: Handler<T>, news: T, leadership?: Leadership): Promise<void> {
    const { service, log } = this.#init
    const call = () => handler.run(news)
    try {
      await this.#outside(() =>
        leadership === undefined ? call() : service.work.run(handler.what, leadership, call),
      )
    } catch (error) {
      log.error(`${handler.what} failed: ${error}`, stackOf(error))
    }
  }

  async #drain(calls: Promise<unknown>, closing: boolean): Promise<void> {
    const { service, log, drainTimeout } = this.#init
    // `work` includes the handlers.
    const ended = closing ? service.work.ended() : calls
    if (await endsWithin(drainTimeout, ended)) return
    const running = service.work.running.join(', ')
    const still = `election '${service.name}': ${drainTimeout} ms after the leadership ended, this still runs: ${running}.`
    if (closing) log.warn(`${still} The shutdown goes on without waiting for it.`)
    else {
      log.warn(
        `${still} If this instance is elected again, @OnElected waits for it. End work when its signal aborts.`,
      )
      await calls
    }
  }
}

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined)

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

function endsWithin(ms: number, event: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    void event.then(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

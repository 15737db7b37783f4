// An instance's part in an election, from the application's start to its shutdown: whoever has to know of a change is told,
// and a leadership is not handed over before its work has ended.
import { type LeaderInfo, type Leadership, MemberClosedError } from 'oarlock'
import { publish } from './diagnostics.ts'
import type { LeaderElectionService } from './service.ts'

/** What the application has to do when something changes; `what` is its name. */
export interface ElectionHandlers {
  readonly elected: readonly Handler<Leadership>[]
  readonly revoked: readonly Handler<Error>[]
  readonly leader: readonly Handler<LeaderInfo | null>[]
}

export interface Handler<T> {
  readonly what: string
  run(news: T): unknown
}

/** As much of Nest's logger as this needs. */
export interface ParticipationLog {
  log(message: string): void
  warn(message: string): void
  error(message: string, stack?: string): void
}

export interface ParticipationInit {
  readonly service: LeaderElectionService
  readonly handlers: ElectionHandlers
  /** How long work may go on when the leadership is to be handed over, in ms. */
  readonly drainTimeout: number
  readonly log: ParticipationLog
}

export class Participation {
  readonly #init: ParticipationInit

  constructor(init: ParticipationInit) {
    this.#init = init
  }

  /** The election is open. */
  begin(): void {
    void this.#follow()
    void this.#lead()
  }

  async #follow(): Promise<void> {
    const { service, handlers } = this.#init
    try {
      for await (const leader of service.election.observe()) {
        service.ledBy(leader)
        publish('oarlock:leader', { election: service, leader })
        for (const handler of handlers.leader) void this.#tell(handler, leader)
      }
      await service.election.closed
      service.ended(null)
    } catch (error) {
      service.ended(error instanceof Error ? error : new Error(String(error)))
    }
  }

  async #lead(): Promise<void> {
    const { service, log } = this.#init
    try {
      await service.election.lead((leadership) => this.#reign(leadership))
    } catch (error) {
      log.error(`election '${service.name}': this instance takes no part any more: ${error}`, stackOf(error))
    }
  }

  /** One leadership. The election waits for its end: before the next one, and before it is handed over. */
  async #reign(leadership: Leadership): Promise<void> {
    const { service, handlers, log } = this.#init
    const { fence, signal } = leadership
    log.log(`election '${service.name}': ${service.id} leads, fence ${fence}`)
    publish('oarlock:elected', { election: service, fence })
    const tell = <T>(some: readonly Handler<T>[], news: T) =>
      some.map((handler) => this.#tell(handler, news, leadership))

    const told = tell(handlers.elected, leadership)
    await aborted(signal)
    const reason: Error = signal.reason
    log.log(`election '${service.name}': ${service.id} leads no longer: ${reason.message}`)
    publish('oarlock:revoked', { election: service, fence, reason })
    told.push(...tell(handlers.revoked, reason))
    await this.#drain(Promise.all(told), reason instanceof MemberClosedError)
  }

  /** A handler's error is its own: it stops nobody. */
  async #tell<T>(handler: Handler<T>, news: T, leadership?: Leadership): Promise<void> {
    const { service, log } = this.#init
    const call = () => handler.run(news)
    try {
      await (leadership === undefined ? call() : service.work.run(handler.what, leadership, call))
    } catch (error) {
      log.error(`${handler.what} failed: ${error}`, stackOf(error))
    }
  }

  async #drain(told: Promise<unknown>, closing: boolean): Promise<void> {
    const { service, log, drainTimeout } = this.#init
    const ended = closing ? Promise.all([told, service.work.ended()]) : told
    if (await happensWithin(drainTimeout, ended)) return
    const running = service.work.running.join(', ')
    const still = `election '${service.name}': ${drainTimeout} ms after the leadership ended, this still runs: ${running}.`
    if (closing) log.warn(`${still} It is waited for no longer.`)
    else {
      log.warn(
        `${still} If this instance is elected again, @OnElected waits for it: end work when its signal aborts.`,
      )
      await told
    }
  }
}

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined)

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Whether it happened by then. */
function happensWithin(ms: number, event: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    void event.then(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

// An instance's leaderships, over all generations, behind the Election interface; and how it leaves.
import { type Explanation, explainNoLeader, type Millis, type NodeId, type RaftView } from '@oarlock/core'
import { type AbortOptions, type LeaderInfo, type Leadership, MemberClosedError } from 'oarlock'
import {
  drainTasks,
  happensBefore,
  Latest,
  LeadTasks,
  Reign,
  shutdownSignals,
  transferLeadership,
} from 'oarlock/runtime'
import type { Registry } from '../cluster/index.ts'
import type { RedisElection } from './election.ts'
import type { ElectionSettings } from './options.ts'
import { Participation } from './participation.ts'
import type { BrokerConnection, Bus } from './ports.ts'

const sameLeader = (a: LeaderInfo | null, b: LeaderInfo | null): boolean =>
  a?.id === b?.id && a?.fence === b?.fence

/** Election timeouts, at most. */
const LEAVES_WITHIN = 2

export interface BrokerElectionInit {
  readonly settings: ElectionSettings
  readonly connection: BrokerConnection
  readonly bus: Bus
  readonly registry: Registry
}

export class BrokerElection implements RedisElection {
  readonly id: NodeId
  readonly closed: Promise<void>
  readonly #settings: ElectionSettings
  readonly #connection: BrokerConnection
  readonly #bus: Bus
  readonly #participation: Participation
  readonly #reign: Reign
  readonly #tasks: LeadTasks
  readonly #leaders: Latest<LeaderInfo | null> = new Latest<LeaderInfo | null>(null, sameLeader)
  readonly #settleClosed: { resolve(): void; reject(cause: unknown): void }
  readonly #unwatchSignals: () => void
  /** Told that this instance is no member any more. */
  #onLeft: () => void = () => {}
  #closing: Promise<void> | null = null
  #released: Promise<void> | null = null

  constructor({ settings, connection, bus, registry }: BrokerElectionInit) {
    const { config, clock, logger } = settings
    this.id = config.id
    this.#settings = settings
    this.#connection = connection
    this.#bus = bus
    this.#participation = new Participation({
      settings,
      connection,
      bus,
      registry,
      changed: () => this.#follow(),
      failed: (cause) => {
        logger.error({ id: this.id, err: cause }, 'the election had to stop here')
        void this.#release('the election had to stop here', cause)
      },
      left: (member) => {
        if (member === this.id) this.#onLeft()
      },
    })
    this.#reign = new Reign({
      core: this.#participation.source,
      clock,
      leaseRanOut: () => this.#participation.stepDown(),
      onBegin: ({ fence }) => logger.info({ id: this.id, fence }, 'leadership begins'),
      onEnd: ({ fence }) => {
        logger.info({ id: this.id, fence }, 'leadership ends')
        this.#participation.stepDown()
      },
    })
    this.#tasks = new LeadTasks(this.#reign)
    let settleClosed!: { resolve(): void; reject(cause: unknown): void }
    this.closed = new Promise<void>((resolve, reject) => {
      settleClosed = { resolve, reject }
    })
    this.#settleClosed = settleClosed
    this.closed.catch(() => {})
    this.#unwatchSignals = shutdownSignals.watch(settings.shutdownSignals, () => this.close())
    this.#participation.start()
  }

  get leadership(): Leadership | null {
    return this.#reign.current
  }

  get leader(): LeaderInfo | null {
    return this.#released === null ? this.#participation.leader : null
  }

  get members(): readonly NodeId[] {
    return this.#participation.members
  }

  get generation(): number | null {
    return this.#participation.cluster?.generation ?? null
  }

  get connected(): boolean {
    return this.#connection.isUp
  }

  lead<T>(task: (leadership: Leadership) => Promise<T>, options: AbortOptions = {}): Promise<T | undefined> {
    return this.#tasks.lead(task, options)
  }

  observe({ signal }: AbortOptions = {}): AsyncIterable<LeaderInfo | null> {
    return this.#leaders.observe(signal)
  }

  inspect(): RaftView | null {
    return this.#participation.view()
  }

  why(): Explanation {
    const view = this.inspect()
    const explanation = explainNoLeader(view === null ? [] : [view])
    const reason = this.#standsApart(view)
    if (reason === null) return explanation
    const findings = [{ kind: 'runtime', node: this.id, text: reason } as const, ...explanation.findings]
    return {
      leader: explanation.leader,
      findings,
      toString: () => findings.map(({ text }) => text).join('\n'),
    }
  }

  #standsApart(view: RaftView | null): string | null {
    if (!this.connected) return `${this.id} has no connection to Redis.`
    if (view === null) return `${this.id} takes part in no cluster yet.`
    return null
  }

  async transferLeadership({ to, signal }: AbortOptions & { readonly to?: NodeId } = {}): Promise<NodeId> {
    if (this.#closing !== null || this.#released !== null)
      throw new MemberClosedError('the election is closed', 'not-applied')
    const { clock, config } = this.#settings
    return transferLeadership(
      {
        id: this.id,
        members: this.inspect()?.configuration.voters ?? [],
        leaders: this.#leaders,
        clock,
        timeout: 3 * config.electionTimeout,
        begin: (target) => this.#participation.transfer(target),
      },
      to,
      signal,
    )
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Role, leader, lease or cluster may be others. */
  #follow(): void {
    this.#leaders.set(this.leader)
    this.#reign.follow()
  }

  // Leaving in order: tasks end, leadership is handed over, the others need not wait for one that is gone.

  async #close(): Promise<void> {
    if (this.#released === null) {
      this.#reign.warn(new MemberClosedError('the election is closing here', 'not-a-write'))
      await drainTasks({ tasks: this.#tasks, settings: this.#settings })
      const { clock, config } = this.#settings
      if (this.#connection.isUp) await this.#leave(clock.now() + LEAVES_WITHIN * config.electionTimeout)
    }
    await this.#release('the election is closed here')
  }

  async #leave(until: Millis): Promise<void> {
    const { clock, config } = this.#settings
    let isOut = false
    while (!isOut && clock.now() < until) {
      this.#participation.leave()
      const view = this.inspect()
      if (view === null || !this.members.includes(this.id)) return
      if (view.role === 'leader') {
        const { successor, canWait } = this.#succession(view)
        if (successor !== null) this.#participation.transfer(successor)
        else if (!canWait) return this.#participation.endCluster()
      }
      // What was said may be lost, and then is said again.
      await happensBefore(clock, Math.min(until, clock.now() + config.heartbeatInterval), (happened) => {
        this.#onLeft = () => {
          isOut = true
          happened()
        }
        return this.#leaders.listen(happened)
      })
    }
  }

  /** The most caught-up voter that is here and stays; `canWait`: a learner is becoming one. */
  #succession({ configuration, progress, now, electionTimeout }: RaftView): {
    readonly successor: NodeId | null
    readonly canWait: boolean
  } {
    const stays = [...progress].filter(
      ([id, { answeredSentAt }]) =>
        id !== this.id && now - answeredSentAt < electionTimeout && !this.#participation.isLeaving(id),
    )
    const voters = stays
      .filter(([id]) => configuration.voters.includes(id))
      .sort(([, a], [, b]) => b.match - a.match)
    return { successor: voters[0]?.[0] ?? null, canWait: stays.length > 0 }
  }

  /** Whatever brought us here: nobody goes on waiting, and everything is released. */
  #release(message: string, cause?: unknown): Promise<void> {
    this.#released ??= this.#tearDown(message, cause)
    return this.#released
  }

  async #tearDown(message: string, cause: unknown): Promise<void> {
    this.#reign.end(new MemberClosedError(message, 'not-a-write', cause === undefined ? {} : { cause }))
    this.#leaders.end()
    try {
      await this.#participation.stop()
      await this.#bus.close()
      await this.#connection.close()
      if (cause === undefined) this.#settleClosed.resolve()
      else this.#settleClosed.reject(cause)
    } catch (error) {
      this.#settings.logger.error({ id: this.id, err: error }, 'the election could not close in order here')
      this.#settleClosed.reject(cause ?? error)
    } finally {
      this.#unwatchSignals()
    }
  }
}

// The election of one instance at a broker, over all generations, behind the Election interface.
import { duration, type Explanation, type NodeId, type RaftView } from '@oarlock/core'
import {
  type AbortOptions,
  type ElectionStatus,
  happensBefore,
  Latest,
  type LeaderInfo,
  Leaderless,
  type Leadership,
  LeadershipTracker,
  RunningElection,
  sameLeader,
} from '@oarlock/runtime'
import { newAbortController, newTaskContext, shutdownSignals } from 'oarlock/node'
import type { Registry } from '../cluster/index.ts'
import type { RedisProblems } from '../connection/index.ts'
import { type ElectionFacts, explainElection, problemsIn } from './diagnosis.ts'
import type { RedisElection } from './election.ts'
import type { ElectionSettings } from './options.ts'
import { Participation } from './participation.ts'
import type { BrokerConnection, Bus } from './ports.ts'

/** The longest that a graceful shutdown may take, in election timeouts. */
const leaveTimeouts = 2
/** How many sentences of why() a line in the log has. */
const sentencesInLog = 3

export interface BrokerElectionInit {
  readonly settings: ElectionSettings
  readonly connection: BrokerConnection
  readonly bus: Bus
  readonly registry: Registry
  /** What Redis does not let this instance do. */
  readonly problems: RedisProblems
}

export class BrokerElection implements RedisElection {
  readonly id: NodeId
  readonly closed: Promise<void>
  readonly #settings: ElectionSettings
  readonly #connection: BrokerConnection
  readonly #problems: RedisProblems
  readonly #leaderless: Leaderless
  readonly #participation: Participation
  readonly #tracker: LeadershipTracker
  readonly #election: RunningElection
  readonly #leaders: Latest<LeaderInfo | null> = new Latest<LeaderInfo | null>(null, sameLeader)
  /** Called when this instance is no longer a member. */
  #onLeft: () => void = () => {}

  constructor({ settings, connection, bus, registry, problems }: BrokerElectionInit) {
    const { config, clock, logger } = settings
    this.id = config.id
    this.#settings = settings
    this.#connection = connection
    this.#problems = problems
    this.#leaderless = new Leaderless(config.electionTimeout, clock.now())
    this.#participation = new Participation({
      settings,
      connection,
      bus,
      registry,
      problems,
      changed: () => this.#follow(),
      failed: (cause) => this.#election.fail(cause),
      left: (member) => {
        if (member === this.id) this.#onLeft()
      },
    })
    this.#tracker = new LeadershipTracker({
      core: this.#participation.source,
      clock,
      leaseEnded: () => this.#participation.stepDown(),
      onBegin: ({ fence }) =>
        logger.info({ event: 'leadership-began', id: this.id, fence }, 'leadership begins'),
      onEnd: ({ fence }) => {
        logger.info({ event: 'leadership-ended', id: this.id, fence }, 'leadership ends')
        this.#participation.stepDown()
      },
      newController: newAbortController,
    })
    this.#election = new RunningElection({
      id: this.id,
      nameInMessages: 'the election',
      tracker: this.#tracker,
      leaders: this.#leaders,
      clock,
      logger,
      electionTimeout: config.electionTimeout,
      drainTimeout: settings.drainTimeout,
      taskContext: newTaskContext(),
      members: () => this.inspect()?.configuration.voters ?? [],
      transfer: (to) => this.#participation.transfer(to),
      leave: () => this.#leave(),
      stop() {},
      release: async () => {
        await this.#participation.stop()
        await bus.close()
        await connection.close()
      },
    })
    this.closed = this.#election.closed
    const unwatch = shutdownSignals.watch(settings.shutdownSignals, () => this.close())
    this.closed.then(unwatch, unwatch)
    this.#participation.start()
  }

  get leadership(): Leadership | null {
    return this.#election.leadership
  }

  get leader(): LeaderInfo | null {
    // The state of the last turn is not enough: the leader may have been silent since.
    return this.#election.leader === null ? null : this.#participation.leader
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
    return this.#election.lead(task, options)
  }

  observe(options: AbortOptions = {}): AsyncIterable<LeaderInfo | null> {
    return this.#election.observe(options)
  }

  inspect(): RaftView | null {
    return this.#participation.view()
  }

  why(): Explanation {
    return explainElection(this.#facts)
  }

  status(): ElectionStatus {
    const { state } = this.#election
    return {
      id: this.id,
      state: state === 'running' && this.inspect() === null ? 'waiting' : state,
      held: this.leadership?.held ?? false,
      leader: this.leader?.id ?? null,
      problems: problemsIn(this.why()),
    }
  }

  get #facts(): ElectionFacts {
    const { expected, generationTimeout } = this.#settings
    const { state, failure } = this.#election
    return {
      id: this.id,
      now: performance.now(),
      state,
      failure,
      connected: this.connected,
      redis: [...this.#connection.problems, ...this.#problems.current],
      view: this.inspect(),
      leadership: this.leadership,
      leader: this.leader?.id ?? null,
      obstacle: this.#participation.obstacle,
      expected,
      generationTimeout,
    }
  }

  transferLeadership(options: AbortOptions & { readonly to?: NodeId } = {}): Promise<NodeId> {
    return this.#election.transferLeadership(options)
  }

  close(): Promise<void> {
    return this.#election.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Role, leader, lease or cluster may have changed. */
  #follow(): void {
    this.#leaders.set(this.#participation.leader)
    this.#tracker.follow()
    this.#sayLeaderless()
  }

  #sayLeaderless(): void {
    const { clock, logger } = this.#settings
    const isRunning = this.#election.state === 'running'
    const isWaiting = isRunning && this.inspect() === null
    const state = isWaiting ? 'waiting' : isRunning && this.leader === null ? 'none' : 'known'
    const forMs = this.#leaderless.look(state, clock.now())
    if (forMs === null) return
    const sentences = this.why().findings.slice(0, sentencesInLog)
    const message = [
      `${this.id} has known no leader for ${duration(forMs)}.`,
      ...sentences.map(({ text }) => text),
    ]
    logger.warn(
      {
        event: state === 'waiting' ? 'waits-for-others' : 'no-leader',
        id: this.id,
        forMs: Math.round(forMs),
      },
      message.join(' '),
    )
  }

  /** Transfers leadership and leaves the membership. Then the others need not wait for this member. */
  async #leave(): Promise<void> {
    if (!this.#connection.isUp) return
    const { clock, config } = this.#settings
    const until = clock.now() + leaveTimeouts * config.electionTimeout
    let hasLeft = false
    while (!hasLeft && clock.now() < until) {
      this.#participation.leave()
      const view = this.inspect()
      if (view === null || !this.members.includes(this.id)) return
      if (view.role === 'leader') {
        const { successor, isComing } = this.#findSuccessor(view)
        if (successor !== null) this.#participation.transfer(successor)
        else if (!isComing) return this.#participation.endCluster()
      }
      // An announcement may be lost, so it is repeated.
      await happensBefore(clock, Math.min(until, clock.now() + config.heartbeatInterval), (happened) => {
        this.#onLeft = () => {
          hasLeft = true
          happened()
        }
        return this.#leaders.listen(happened)
      })
    }
  }

  /** The most caught-up voter that answers and stays. `isComing`: a learner can become one. */
  #findSuccessor({ configuration, progress, now, electionTimeout }: RaftView): {
    readonly successor: NodeId | null
    readonly isComing: boolean
  } {
    const stays = [...progress].filter(
      ([id, { answeredSentAt }]) =>
        id !== this.id && now - answeredSentAt < electionTimeout && !this.#participation.isLeaving(id),
    )
    const voters = stays
      .filter(([id]) => configuration.voters.includes(id))
      .sort(([, a], [, b]) => b.match - a.match)
    return { successor: voters[0]?.[0] ?? null, isComing: stays.length > 0 }
  }
}

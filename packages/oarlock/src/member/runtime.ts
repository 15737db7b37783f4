// A member at work: the core, its driver, and what hangs on them, behind the Member interface.
import { type Explanation, explainNoLeader, index, type NodeId, Raft, type RaftView } from '@oarlock/core'
import { ElectionOnlyError, InvalidCommandError, MemberClosedError } from '../errors.ts'
import { Applier } from './apply.ts'
import { closeGently } from './close.ts'
import { Driver, type DriverListener } from './driver.ts'
import type { AbortOptions, LeaderInfo, Leadership } from './election.ts'
import { LeadTasks } from './lead.ts'
import type { Member, MemberStatus } from './member.ts'
import { Latest } from './observe.ts'
import type { Settings } from './options.ts'
import type { LogStore, OpenedLog, Transport, TransportReceiver } from './ports.ts'
import { Proposals } from './proposals.ts'
import { Reign } from './reign.ts'
import { shutdownSignals } from './shutdown.ts'
import { transferLeadership } from './transfer.ts'

export interface RuntimeInit<Command, Result> {
  readonly settings: Settings<Command, Result>
  readonly opened: OpenedLog
  readonly store: LogStore
  readonly transport: Transport
}

/** A command travels whole, in one frame. */
const maxCommandBytes = 16 * 1024 * 1024

const sameLeader = (a: LeaderInfo | null, b: LeaderInfo | null): boolean =>
  a?.id === b?.id && a?.fence === b?.fence

export class MemberRuntime<Command, Result> implements Member<Command, Result> {
  readonly id: NodeId
  readonly closed: Promise<void>
  readonly #settings: Settings<Command, Result>
  readonly #store: LogStore
  readonly #transport: Transport
  readonly #raft: Raft
  readonly #driver: Driver
  readonly #proposals: Proposals<Result>
  readonly #applier: Applier<Command, Result>
  readonly #reign: Reign
  readonly #tasks: LeadTasks
  readonly #leaders: Latest<LeaderInfo | null> = new Latest<LeaderInfo | null>(null, sameLeader)
  readonly #settleClosed: { resolve(): void; reject(cause: unknown): void }
  readonly #unwatchSignals: () => void
  /** Proposals are refused from here on. */
  #refusing = false
  #closing: Promise<void> | null = null
  #tornDown: Promise<void> | null = null

  constructor({ settings, opened, store, transport }: RuntimeInit<Command, Result>) {
    const { config, clock, random, machine, codec, proposeTimeout } = settings
    this.id = config.id
    this.#settings = settings
    this.#store = store
    this.#transport = transport
    const voters = Object.keys(settings.peers).sort()
    this.#raft = new Raft({
      config,
      restored: {
        hardState: opened.hardState,
        configuration: { voters, outgoing: [], learners: [], learnersNext: [], autoLeave: false },
        applied: index(0),
      },
      log: opened.log,
      random,
      now: clock.now(),
    })
    this.#driver = new Driver({
      raft: this.#raft,
      id: this.id,
      store,
      transport,
      clock,
      listener: this.#listener(),
    })
    this.#proposals = new Proposals({
      core: this.#raft,
      clock,
      timeout: proposeTimeout,
      sweepInterval: Math.min(config.heartbeatInterval, proposeTimeout),
      maxRequestBytes: config.maxMessageBytes,
      wake: () => this.#driver.schedule(),
    })
    this.#applier = new Applier(machine, codec, this.#proposals)
    this.#reign = new Reign({
      core: this.#raft,
      clock,
      leaseRanOut: () => this.#driver.leaseRanOut(),
      onBegin: ({ fence }) => settings.logger.info({ id: this.id, fence }, 'leadership begins'),
      onEnd: ({ fence }) => settings.logger.info({ id: this.id, fence }, 'leadership ends'),
    })
    this.#tasks = new LeadTasks(this.#reign)
    let settleClosed!: { resolve(): void; reject(cause: unknown): void }
    this.closed = new Promise<void>((resolve, reject) => {
      settleClosed = { resolve, reject }
    })
    this.#settleClosed = settleClosed
    // Whoever listens gets the rejection; nobody has to.
    this.closed.catch(() => {})
    this.#unwatchSignals = shutdownSignals.watch(settings.shutdownSignals, () => this.close())
  }

  /** Where the transport delivers. */
  get receiver(): TransportReceiver {
    return this.#driver
  }

  /** The first turn: arms the timer. */
  start(): void {
    this.#driver.schedule()
  }

  // What a user calls.

  get leadership(): Leadership | null {
    return this.#reign.current
  }

  get leader(): LeaderInfo | null {
    return this.#tornDown === null ? this.#leaders.value : null
  }

  propose(command: Command, { signal }: AbortOptions = {}): Promise<Result> {
    if (this.#refusing)
      return Promise.reject(
        new MemberClosedError('the member is closed: the command was not applied', 'not-applied'),
      )
    if (this.#settings.config.electionOnly)
      return Promise.reject(new ElectionOnlyError("with purpose 'election' nothing is replicated"))
    let bytes: Uint8Array
    try {
      bytes = this.#settings.codec.encode(command)
    } catch (cause) {
      return Promise.reject(new InvalidCommandError('the codec cannot encode the command', { cause }))
    }
    if (bytes.length > maxCommandBytes)
      return Promise.reject(
        new InvalidCommandError(`the command has ${bytes.length} bytes, more than ${maxCommandBytes}`),
      )
    return this.#proposals.add(bytes, signal)
  }

  lead<T>(task: (leadership: Leadership) => Promise<T>, options: AbortOptions = {}): Promise<T | undefined> {
    return this.#tasks.lead(task, options)
  }

  observe({ signal }: AbortOptions = {}): AsyncIterable<LeaderInfo | null> {
    return this.#leaders.observe(signal)
  }

  status(): MemberStatus {
    const { id, role, term, leader, commit, applied, lastIndex } = this.#raft.inspect()
    return { id, role, term, leader, commit, applied, lastIndex }
  }

  inspect(): RaftView {
    return this.#raft.inspect(this.#settings.clock.now())
  }

  why(): Explanation {
    return explainNoLeader([this.inspect()])
  }

  async transferLeadership({ to, signal }: AbortOptions & { readonly to?: NodeId } = {}): Promise<NodeId> {
    if (this.#closing !== null || this.#refusing)
      throw new MemberClosedError('the member is closed', 'not-applied')
    const { peers, clock, config } = this.#settings
    return transferLeadership(
      {
        id: this.id,
        members: Object.keys(peers),
        leaders: this.#leaders,
        clock,
        // One to fail, up to two for the election that follows.
        timeout: 3 * config.electionTimeout,
        begin: (target) => this.#driver.transfer(target),
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

  async #close(): Promise<void> {
    if (this.#tornDown === null)
      await closeGently({
        raft: this.#raft,
        driver: this.#driver,
        proposals: this.#proposals,
        reign: this.#reign,
        tasks: this.#tasks,
        leaders: this.#leaders,
        settings: this.#settings,
        refuseProposals: () => {
          this.#refusing = true
        },
      })
    await this.#tearDown('the member is closed')
  }

  /** Whatever brought us here: nobody goes on waiting, and everything is released. */
  #tearDown(message: string, cause?: unknown): Promise<void> {
    this.#tornDown ??= this.#release(message, cause)
    return this.#tornDown
  }

  async #release(message: string, cause: unknown): Promise<void> {
    this.#refusing = true
    this.#driver.stop()
    this.#proposals.failAll(message, cause)
    this.#reign.end(new MemberClosedError(message, 'not-a-write', cause === undefined ? {} : { cause }))
    this.#leaders.end()
    try {
      try {
        await this.#transport.close()
      } finally {
        await this.#store.close()
      }
      if (cause === undefined) this.#settleClosed.resolve()
      else this.#settleClosed.reject(cause)
    } catch (closeError) {
      this.#settings.logger.error({ id: this.id, err: closeError }, 'the member could not close in order')
      // The first failure is the one to tell of.
      this.#settleClosed.reject(cause ?? closeError)
      if (cause === undefined) throw closeError
    } finally {
      this.#unwatchSignals()
    }
  }

  /** What the driver calls. */
  #listener(): DriverListener {
    const { clock, logger } = this.#settings
    const { id } = this
    const handOver = () => this.#proposals.handOver(clock.now())
    return {
      turn: handOver,
      role: ({ role, term, leader }) => {
        logger.debug({ id, role, term, leader }, 'role')
        this.#leaders.set(leader === null ? null : { id: leader, fence: term })
        if (leader !== null) this.#proposals.retryRefused()
      },
      outcome: (outcome) => this.#proposals.outcome(outcome),
      apply: (entry) => this.#applier.apply(entry),
      settled: () => {
        this.#reign.follow()
        // A leader may have become known in this turn.
        handOver()
      },
      failed: (cause) => {
        logger.error({ id, err: cause }, 'the member had to stop')
        void this.#tearDown('the member had to stop', cause)
      },
    }
  }
}

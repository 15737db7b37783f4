// A member that runs in a worker thread, as the application's thread sees it. Leaderships and the tasks of
// `lead` are here, by the same code as those of any member: only the leadership's deadline comes from memory
// that both threads share. Everything else is asked of the worker.
import {
  type Explanation,
  explanationOf,
  index,
  type Millis,
  type NodeId,
  type RaftView,
  term,
} from '@oarlock/core'
import {
  type Coordinator,
  type Lock,
  type NamedElection,
  type NamedElectionOptions,
  type ReadWriteLock,
  type RecipeOptions,
  Recipes,
} from '@oarlock/recipes'
import {
  type AbortOptions,
  type BackupInfo,
  type Clock,
  type EventSink,
  type Health,
  Latest,
  type LeaderInfo,
  type Leadership,
  LeadershipTracker,
  type Logger,
  type Member,
  type MemberEvents,
  type MemberMetrics,
  type MemberStatus,
  type Membership,
  type MembershipRequest,
  type ProposeOptions,
  type ReadOptions,
  type ReconfigureOptions,
  RunningElection,
  type RunningElectionInit,
  type Session,
  SessionExpiredError,
  type SessionOptions,
  type SnapshotInfo,
  sameLeader,
  tellEventsOf,
  tellOfLeadership,
  tellOfMember,
} from '@oarlock/runtime'
import { type Store, storeOver } from '@oarlock/store'
import { newTaskContext } from '../node/index.ts'
import { errorFrom } from './error-copy.ts'
import { type IsolatedHealthFacts, isolatedLiveness, isolatedReadiness } from './isolated-health.ts'
import { IsolatedBackend } from './isolated-store.ts'
import type { EventCopy, Report, State, ToldHealth } from './messages.ts'
import type { LeadershipReader } from './shared-leadership.ts'
import type { WorkerLink } from './worker-link.ts'

export interface IsolatedMemberInit
  extends Pick<
    RunningElectionInit,
    'id' | 'clock' | 'logger' | 'electionTimeout' | 'drainTimeout' | 'taskContext'
  > {
  readonly cluster: string
  readonly events: EventSink
  readonly link: WorkerLink
  readonly shared: LeadershipReader
  /** For how long the thread of the member has not run, in ms. */
  readonly silence: () => Millis
  readonly newController: () => AbortController
}

function publish(events: EventSink, { name, message, error }: EventCopy): void {
  const whole = () => ({ ...message, ...(error === undefined ? {} : { error: error && errorFrom(error) }) })
  events.publish(name, whole as () => MemberEvents[typeof name])
}

/** Options without the signal, which cannot be copied to another thread. */
function split<T extends AbortOptions>({
  signal,
  ...rest
}: T): readonly [Omit<T, 'signal'>, AbortSignal | undefined] {
  return [rest, signal]
}

export class IsolatedMember<Command, Result, Query = never, Answer = never>
  implements Member<Command, Result, Query, Answer>, Coordinator
{
  readonly id: NodeId
  readonly closed: Promise<void>
  readonly kv: Store
  readonly #recipes: Recipes
  readonly #link: WorkerLink
  readonly #clock: Clock
  /** Gets the lines of the worker, as it wrote them. */
  readonly #logger: Logger
  readonly #electionTimeout: Millis
  readonly #silence: () => Millis
  readonly #events: EventSink
  readonly #leaders = new Latest<LeaderInfo | null>(null, sameLeader)
  readonly #tracker: LeadershipTracker
  readonly #election: RunningElection
  /** The last state that is known: of the end, or of the beginning. */
  #last: State
  /** What the worker said last. */
  #health: ToldHealth
  #cancelTimer: (() => void) | null = null
  /** The worker has logged why it had to stop. */
  #hasLogged = false

  constructor(init: IsolatedMemberInit, first: State) {
    const { id, cluster, events, link, shared, clock, logger, newController } = init
    const tell = tellEventsOf(events, { id, cluster })
    this.id = id
    const { store, close } = storeOver(new IsolatedBackend(link), { clock, newController })
    this.kv = store
    this.#recipes = new Recipes({
      kv: store,
      clock,
      newController,
      id,
      logger,
      newTaskContext,
      leaveWithin: init.electionTimeout,
    })
    this.#link = link
    this.#clock = clock
    this.#logger = logger
    this.#electionTimeout = init.electionTimeout
    this.#silence = init.silence
    this.#last = first
    this.#health = first.health
    this.#tracker = new LeadershipTracker({
      core: {
        role: 'leader',
        get term() {
          return term(shared.fence)
        },
        get leader() {
          return leaders.value?.id ?? null
        },
        // The worker writes a leadership only when it has begun, and has applied what went before.
        applied: index(0),
        termStart: index(0),
        get leaseDeadline() {
          return shared.heldUntil(shared.fence)
        },
      },
      clock,
      leaseEnded: () => link.leaseEnded(),
      onBegin: (leadership) => tellOfLeadership(tell, leadership, true),
      onEnd: (leadership) => tellOfLeadership(tell, leadership, false),
      newController,
    })
    const leaders = this.#leaders
    this.#election = new RunningElection({
      ...init,
      logger: { ...logger, error: (fields, message) => this.#hasLogged || logger.error(fields, message) },
      nameInMessages: 'the member',
      tracker: this.#tracker,
      leaders,
      // The worker transfers leadership.
      members: () => [],
      transfer: () => {},
      leave: async () => {
        await this.#recipes.close()
        await link.call('close', [])
      },
      stop: () => this.#cancelTimer?.(),
      release: () => link.terminate(),
    })
    this.closed = this.#election.closed
    this.closed.then(close, close)
    this.closed.catch((cause) => this.#recipes.stop(cause))
    this.#events = events
    tellOfMember(tell, leaders, this.closed)
    tell('oarlock:member:started', () => ({ address: first.address }))
    this.#follow()
  }

  /** What the worker says by itself. */
  told(report: Report): void {
    if (report.type === 'leadership') this.#follow()
    else if (report.type === 'leader') this.#leaders.set(report.leader)
    else if (report.type === 'health') this.#health = report.health
    else if (report.type === 'event') publish(this.#events, report.event)
    else if (report.type === 'log') this.#logger[report.level](report.fields, report.message)
    else if (report.type === 'closed') {
      this.#last = report.last
      this.#hasLogged = report.error !== null
      if (report.error !== null) this.#election.fail(errorFrom(report.error))
    }
  }

  /** The worker has ended by itself. */
  failed(error: Error): void {
    this.#election.fail(error)
  }

  /** Begins or ends a leadership, and looks again when its lease would end. */
  #follow(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#tracker.follow()
    const current = this.#tracker.current
    if (current !== null && current.deadline < Number.POSITIVE_INFINITY)
      this.#cancelTimer = this.#clock.at(current.deadline, () => this.#follow())
  }

  #state(): State {
    this.#last = this.#link.state() ?? this.#last
    return this.#last
  }

  get address(): string | null {
    return this.#last.address
  }

  get leadership(): Leadership | null {
    return this.#election.leadership
  }

  get leader(): LeaderInfo | null {
    return this.#election.leader
  }

  propose(command: Command, options: ProposeOptions = {}): Promise<Result> {
    const [copied, signal] = split(options)
    return this.#link.call('propose', [command, copied], signal) as Promise<Result>
  }

  async session(options: SessionOptions = {}): Promise<Session<Command, Result>> {
    const [copied, signal] = split(options)
    const id = (await this.#link.call('session', [copied], signal)) as number
    let closing: Promise<void> | null = null
    const close = (): Promise<void> => {
      closing ??= this.#link.call('closeSession', [id]).then(() => {})
      return closing
    }
    return {
      id,
      propose: async (command, proposeOptions) => {
        if (closing !== null)
          throw new SessionExpiredError('the session is closed: the command was not applied', 'not-applied')
        return this.#link.call('proposeInSession', [id, command], proposeOptions?.signal) as Promise<Result>
      },
      close,
      [Symbol.asyncDispose]: close,
    }
  }

  snapshot(): Promise<SnapshotInfo> {
    return this.#link.call('snapshot', []) as Promise<SnapshotInfo>
  }

  backup(file: string, options: AbortOptions = {}): Promise<BackupInfo> {
    return this.#link.call('backup', [file], options.signal) as Promise<BackupInfo>
  }

  async *backupStream({ signal }: AbortOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const stream = (await this.#link.call('backupStream', [])) as number
    try {
      for (;;) {
        const bytes = (await this.#link.call('readStream', [stream], signal)) as Uint8Array | null
        if (bytes === null) return
        yield bytes
      }
    } finally {
      await this.#link.call('endStream', [stream]).catch(() => {})
    }
  }

  read(query: Query, options: ReadOptions = {}): Promise<Answer> {
    const [copied, signal] = split(options)
    return this.#link.call('read', [query, copied], signal) as Promise<Answer>
  }

  members(options?: AbortOptions): Promise<Membership> {
    return this.#link.call('members', [], options?.signal) as Promise<Membership>
  }

  reconfigure(change: MembershipRequest, options: ReconfigureOptions = {}): Promise<Membership> {
    const [copied, signal] = split(options)
    return this.#link.call('reconfigure', [change, copied], signal) as Promise<Membership>
  }

  lead<T>(task: (leadership: Leadership) => Promise<T>, options: AbortOptions = {}): Promise<T | undefined> {
    return this.#election.lead(task, options)
  }

  observe(options: AbortOptions = {}): AsyncIterable<LeaderInfo | null> {
    return this.#election.observe(options)
  }

  status(): MemberStatus {
    const { status } = this.#state()
    const { state } = this.#election
    const isOver = state === 'closed' || state === 'stopped'
    return {
      ...status,
      state: state === 'running' ? status.state : state,
      held: this.leadership?.held ?? false,
      leader: this.leader?.id ?? null,
      role: isOver ? null : status.role,
    }
  }

  ready(): Health {
    return isolatedReadiness(this.#healthFacts(this.#health.ready))
  }

  live(): Health {
    return isolatedLiveness(this.#healthFacts(this.#health.live))
  }

  #healthFacts(said: Health): IsolatedHealthFacts {
    const { state, failure } = this.#election
    const silence = this.#silence()
    return { id: this.id, state, failure, electionTimeout: this.#electionTimeout, silence, said }
  }

  metrics(): MemberMetrics {
    return this.#state().metrics
  }

  inspect(): RaftView {
    return this.#state().view
  }

  why(): Explanation {
    const { why, status } = this.#state()
    return explanationOf(status.leader, why)
  }

  async transferLeadership(options: AbortOptions & { readonly to?: NodeId } = {}): Promise<NodeId> {
    const [copied, signal] = split(options)
    return (await this.#link.call('transferLeadership', [copied], signal)) as NodeId
  }

  election(name: string, options?: NamedElectionOptions): NamedElection {
    return this.#recipes.election(name, options)
  }

  lock(name: string, options?: RecipeOptions): Lock {
    return this.#recipes.lock(name, options)
  }

  readWriteLock(name: string, options?: RecipeOptions): ReadWriteLock {
    return this.#recipes.readWriteLock(name, options)
  }

  semaphore(name: string, permits: number, options?: RecipeOptions): Lock {
    return this.#recipes.semaphore(name, permits, options)
  }

  close(): Promise<void> {
    return this.#election.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

// An election that runs: lead, observe, transfer, close and release. Members of a cluster and instances that
// meet at a broker both use it, and pass the parts in which they differ.
import type { Millis, NodeId } from '@oarlock/core'
import { MemberClosedError } from '../errors.ts'
import type { Latest, LeaderInfo, Leadership, LeadershipTracker } from '../leadership/index.ts'
import { checkAbortOptions, checkTransferOptions } from '../options/index.ts'
import type { Clock, EventLogger } from '../ports/index.ts'
import { ClosePromise } from './close-promise.ts'
import type { AbortOptions, ElectionState } from './election.ts'
import { LeadTasks, type TaskContext } from './lead-tasks.ts'
import { transferLeadership } from './transfer.ts'
import { happensBefore } from './wait.ts'

export interface RunningElectionInit {
  readonly id: NodeId
  /** The name of this in errors and log lines, for example 'the member'. */
  readonly nameInMessages: string
  readonly tracker: LeadershipTracker
  readonly leaders: Pick<Latest<LeaderInfo | null>, 'value' | 'listen' | 'observe' | 'end'>
  readonly clock: Clock
  readonly logger: EventLogger
  readonly electionTimeout: Millis
  /** How long `close` waits for the tasks of `lead` to end, in ms. */
  readonly drainTimeout: Millis
  /** Without it, a task of `lead` that awaits `close` keeps it waiting for `drainTimeout`. */
  readonly taskContext?: TaskContext
  /** The members that leadership can be transferred to, this one included. */
  readonly members: () => readonly NodeId[]
  /** Asks the core to transfer leadership; null: to the most caught-up member. */
  readonly transfer: (to: NodeId | null) => void
  /** Called after the tasks have ended and before anything is released: transfers leadership, or leaves. */
  readonly leave: () => Promise<void>
  /** Stops at once: accepts no input and sends nothing any more. `cause`: the failure, if there was one. */
  readonly stop: (message: string, cause?: unknown) => void
  /** Releases sockets, files and connections. */
  readonly release: () => Promise<void>
}

export class RunningElection {
  /** Resolves when everything is released. Rejects when this had to stop, or could not release something. */
  readonly closed: Promise<void>
  readonly #init: RunningElectionInit
  readonly #tasks: LeadTasks
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers()
  #closing: Promise<void> | null = null
  #released: Promise<void> | null = null
  #isClosed = false
  #failure: unknown

  constructor(init: RunningElectionInit) {
    this.#init = init
    this.#tasks = new LeadTasks(init.tracker, init.taskContext)
    this.closed = this.#closed.promise
    // A rejection without a listener must not end the process.
    this.closed.catch(() => {})
  }

  get leadership(): Leadership | null {
    return this.#init.tracker.current
  }

  get leader(): LeaderInfo | null {
    return this.#released === null ? this.#init.leaders.value : null
  }

  /** Never `waiting`: this does not know what it would wait for. */
  get state(): Exclude<ElectionState, 'waiting'> {
    if (this.#failure !== undefined) return 'stopped'
    if (this.#isClosed) return 'closed'
    return this.#closing === null && this.#released === null ? 'running' : 'closing'
  }

  /** Why it had to stop. */
  get failure(): unknown {
    return this.#failure
  }

  lead<T>(task: (leadership: Leadership) => Promise<T>, options: AbortOptions = {}): Promise<T | undefined> {
    return this.#tasks.lead(task, options)
  }

  observe(options: AbortOptions = {}): AsyncIterable<LeaderInfo | null> {
    checkAbortOptions('observe', options)
    return this.#init.leaders.observe(options.signal)
  }

  async transferLeadership(options: AbortOptions & { readonly to?: NodeId } = {}): Promise<NodeId> {
    checkTransferOptions('transferLeadership', options)
    const { to, signal } = options
    const { id, nameInMessages, members, leaders, clock, electionTimeout, transfer } = this.#init
    if (this.#closing !== null || this.#released !== null)
      throw new MemberClosedError(
        `${nameInMessages} is closed: leadership was not transferred`,
        'not-applied',
      )
    return transferLeadership(
      {
        id,
        members: members(),
        leaders,
        clock,
        // The transfer may fail within one election timeout; the election that follows takes up to two.
        timeout: 3 * electionTimeout,
        begin: transfer,
      },
      to,
      signal,
    )
  }

  /** As `Election.close`. */
  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#closing = new ClosePromise(promise, () => this.#tasks.callerWaitsForClose())
    // Last, because it aborts the leadership's signal, whose listeners may call `close` as well.
    resolve(this.#close())
    return this.#closing
  }

  /** It is not safe to go on. Stops, releases everything, and rejects `closed` with `cause`. */
  fail(cause: unknown): void {
    const { id, nameInMessages, logger } = this.#init
    if (this.#released === null) this.#failure = cause ?? new Error('the cause is not known')
    logger.error({ event: 'stopped', id, err: cause }, `${nameInMessages} had to stop`)
    // `closed` reports a failure to release as well.
    this.#release(`${nameInMessages} had to stop`, cause).catch(() => {})
  }

  async #close(): Promise<void> {
    const { tracker, leave, nameInMessages } = this.#init
    if (this.#released === null) {
      // The leadership is still held: tasks may finish their work, and record it.
      tracker.warn(new MemberClosedError(`${nameInMessages} is closing`, 'not-a-write'))
      await this.#drainTasks()
      await leave()
    }
    await this.#release(`${nameInMessages} is closed`)
  }

  async #drainTasks(): Promise<void> {
    const { id, clock, drainTimeout, logger } = this.#init
    const ended = await happensBefore(clock, clock.now() + drainTimeout, (done) =>
      this.#tasks.whenNoneRuns(done),
    )
    if (!ended) logger.warn({ event: 'lead-tasks-late', id, drainTimeout }, 'lead tasks did not end in time')
  }

  #release(message: string, cause?: unknown): Promise<void> {
    this.#released ??= this.#stopAndRelease(message, cause)
    return this.#released
  }

  async #stopAndRelease(message: string, cause: unknown): Promise<void> {
    const { id, nameInMessages, tracker, leaders, logger, stop, release } = this.#init
    stop(message, cause)
    tracker.end(new MemberClosedError(message, 'not-a-write', cause === undefined ? {} : { cause }))
    leaders.end()
    try {
      await release()
      this.#isClosed = true
    } catch (releaseError) {
      logger.error(
        { event: 'not-released', id, err: releaseError },
        `${nameInMessages} could not release everything`,
      )
      // The first failure is the one to report.
      this.#failure ??= releaseError
      this.#closed.reject(cause ?? releaseError)
      if (cause === undefined) throw releaseError
      return
    }
    if (cause === undefined) this.#closed.resolve()
    else this.#closed.reject(cause)
  }
}

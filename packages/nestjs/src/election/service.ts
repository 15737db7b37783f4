// The API through which an application uses an election.
import type { AbortOptions, Election, ElectionStatus, LeaderInfo, Leadership } from 'oarlock'
import { InvalidOptionsError, MemberClosedError } from 'oarlock'
import { BehaviorSubject, type Observable } from 'rxjs'
import { DeferredElection } from './deferred-election.ts'
import { type CallOutcome, type ElectionEventsOf, publish } from './diagnostics.ts'
import { NotLeaderError } from './errors.ts'
import { LeaderWork } from './leader-work.ts'

/**
 * The result of runIfLeader: the task ran here and returned `value`, or it did not run, and `leader` leads if
 * that is known.
 */
export type LeaderRun<T> =
  | { readonly ran: true; readonly value: T }
  | { readonly ran: false; readonly leader: LeaderInfo | null }

/** The messages of the diagnostics channels, by the channels' names. */
export type ElectionEvents = ElectionEventsOf<LeaderElectionService>

export class LeaderElectionService {
  /** The election's name. */
  readonly name: string
  /** @internal Elections opens and closes it. */
  readonly deferred: DeferredElection = new DeferredElection()
  /** @internal The work that runs under its leaderships. */
  readonly work: LeaderWork
  readonly #leaders = new BehaviorSubject<LeaderInfo | null>(null)
  #leaderlessSince: number | null = null
  #stopped: Error | null = null

  constructor(name: string) {
    this.name = name
    this.work = new LeaderWork(name)
  }

  /** The election itself. */
  get election(): Election {
    return this.deferred
  }

  /** This instance's id, which the others see when it leads. Empty until the application has started. */
  get id(): string {
    return this.deferred.id
  }

  /**
   * Does this instance lead at this moment? Compares the lease with the monotonic clock: right even after the
   * event loop stalled.
   */
  get held(): boolean {
    return this.leadership?.held ?? false
  }

  /** The same as `held`. */
  isLeader(): boolean {
    return this.held
  }

  /** The leadership that is held here now, or null. */
  get leadership(): Leadership | null {
    return this.deferred.leadership
  }

  /** The leader, as far as this instance knows, or null. */
  get leader(): LeaderInfo | null {
    return this.deferred.leader
  }

  /**
   * The leader: the latest at once, then each change. May skip short leaderships. Completes when the election
   * has closed.
   */
  get leader$(): Observable<LeaderInfo | null> {
    return this.#leaders.asObservable()
  }

  /**
   * For how long this instance has known no leader, in ms. 0 if it knows one, or if the application has not
   * started.
   */
  get leaderlessFor(): number {
    return this.#leaderlessSince === null ? 0 : performance.now() - this.#leaderlessSince
  }

  /** Why this instance had to leave the election (its disk failed, for example), or null if it takes part. */
  get stopped(): Error | null {
    return this.#stopped
  }

  /**
   * Resolves with the leadership that is held here, or with the next one. Rejects with the signal's reason,
   * or with MemberClosedError when the election closes first.
   */
  async waitForLeadership(signal?: AbortSignal): Promise<Leadership> {
    const options: AbortOptions = signal === undefined ? {} : { signal }
    for (;;) {
      // The task's own leadership also ends with `signal`. `this.leadership` does not.
      const led = await this.deferred.lead(async () => this.leadership, options)
      if (led?.held) return led
      if (led === undefined)
        throw new MemberClosedError(`election '${this.name}' closed before it was won here`, 'not-a-write')
    }
  }

  /**
   * Runs `task` if this instance leads, and does nothing otherwise. Within the task, currentLeadership() is
   * the leadership, whose `signal` aborts when it is over. Shutdown waits for the task before it hands over.
   * Throws the task's error.
   */
  async runIfLeader<T>(
    task: (leadership: Leadership) => T | Promise<T>,
    what: string = 'runIfLeader',
  ): Promise<LeaderRun<T>> {
    if (typeof task !== 'function')
      throw new InvalidOptionsError('runIfLeader needs a function, which it calls if this instance leads')
    const leadership = this.workable
    this.publishCall(what, leadership === null ? 'skipped' : 'ran')
    if (leadership === null) return { ran: false, leader: this.leader }
    return { ran: true, value: await this.work.run(what, leadership, () => task(leadership)) }
  }

  /**
   * Hands the leadership over to `to`, or to the most caught-up instance, and resolves with the new leader's
   * id. This instance may be elected again: to leave for good, close the application. Throws NotLeaderError,
   * TransferFailedError or the signal's reason.
   */
  async resign(options: AbortOptions & { readonly to?: string } = {}): Promise<string> {
    if (!this.held) throw this.notLeader('only the leader can resign')
    return this.deferred.transferLeadership(options)
  }

  /** Why is there no leader? `String(service.why())` has one sentence a line. */
  why(): ReturnType<Election['why']> {
    return this.deferred.why()
  }

  /**
   * The state of the election here, and what is wrong. Of a member over TCP it is a MemberStatus, of an
   * election over Redis what `@oarlock/redis` says. Health and metrics show the same.
   */
  status(): ElectionStatus {
    return this.deferred.status()
  }

  /**
   * @internal The leadership, if new work may begin under it. Null also when it is about to be handed over.
   */
  get workable(): Leadership | null {
    const { leadership } = this
    return leadership?.held === true && !leadership.signal.aborted ? leadership : null
  }

  /** @internal The error for a call that this instance cannot carry out. */
  notLeader(what: string): NotLeaderError {
    const { leader } = this
    // It may still know itself as the leader when its lease has just ended, or is not confirmed yet.
    const other = leader === null || leader.id === this.id ? null : leader.id
    const who = other === null ? 'no leader is known' : `'${other}' leads`
    return new NotLeaderError(`election '${this.name}': ${what}; ${who}`, { leader: other })
  }

  /** @internal */
  publishCall(what: string, outcome: CallOutcome): void {
    publish('oarlock:call', { election: this, what, outcome })
  }

  /** @internal */
  setLeader(leader: LeaderInfo | null): void {
    if (leader !== null) this.#leaderlessSince = null
    else this.#leaderlessSince ??= performance.now()
    this.#leaders.next(leader)
  }

  /** @internal The election is over: the leader will not change any more. */
  finish(stopped: Error | null): void {
    this.#stopped = stopped
    if (stopped !== null) publish('oarlock:stopped', { election: this, reason: stopped })
    if (this.#leaders.value !== null) this.setLeader(null)
    this.#leaders.complete()
  }
}

// What an application asks about an election, and does by it.
import type { AbortOptions, Election, LeaderInfo, Leadership } from 'oarlock'
import { MemberClosedError } from 'oarlock'
import { BehaviorSubject, type Observable } from 'rxjs'
import { NotLeaderError } from '../errors.ts'
import { type CallOutcome, publish } from './diagnostics.ts'
import { LateElection } from './late-election.ts'
import { LeaderWork } from './leader-work.ts'

/** What became of runIfLeader: it ran here, with this result; or it was not begun, and this is who leads, if that is known. */
export type LeaderRun<T> =
  | { readonly ran: true; readonly value: T }
  | { readonly ran: false; readonly leader: LeaderInfo | null }

export class LeaderElectionService {
  /** The election's name. */
  readonly name: string
  /** @internal Opened, and closed, by Elections. */
  readonly late: LateElection = new LateElection()
  /** @internal What runs under its leaderships. */
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
    return this.late
  }

  /** Who stands here: the name that others see when it leads. Empty until the application has started. */
  get id(): string {
    return this.late.id
  }

  /** Does this instance lead, at this moment? By the monotonic clock and the lease: right even after a stalled event loop. */
  get held(): boolean {
    return this.leadership?.held ?? false
  }

  /** As `held`. */
  isLeader(): boolean {
    return this.held
  }

  /** The leadership that is held here now, or null. */
  get leadership(): Leadership | null {
    return this.late.leadership
  }

  /** Who leads, as it is known here, or null. */
  get leader(): LeaderInfo | null {
    return this.late.leader
  }

  /** Who leads: the latest at once, then each change; may skip some that were short. Completes when the election has closed. */
  get leader$(): Observable<LeaderInfo | null> {
    return this.#leaders.asObservable()
  }

  /** For how long no leader has been known here, in ms; 0: one is, or the application has not started. */
  get leaderlessFor(): number {
    return this.#leaderlessSince === null ? 0 : performance.now() - this.#leaderlessSince
  }

  /** Why this instance takes no part any more, if it had to stop (a member's disk failed, say); null: it takes part. */
  get stopped(): Error | null {
    return this.#stopped
  }

  /**
   * Resolves with the leadership that is held here, or with the next one. Rejects with the signal's reason, or with
   * MemberClosedError when the election closes first.
   */
  async waitForLeadership(signal?: AbortSignal): Promise<Leadership> {
    const options: AbortOptions = signal === undefined ? {} : { signal }
    for (;;) {
      // The task is lent a leadership that ends with `signal` as well: the election has the whole one.
      const led = await this.late.lead(async () => this.leadership, options)
      if (led?.held) return led
      if (led === undefined)
        throw new MemberClosedError(`election '${this.name}' closed before it was won here`, 'not-a-write')
    }
  }

  /**
   * Runs `task` if this instance leads, and not if it does not. Within, currentLeadership() is the leadership, whose `signal` says
   * when it is over; shutdown waits for the task before it hands over. Throws what the task throws.
   */
  async runIfLeader<T>(
    task: (leadership: Leadership) => T | Promise<T>,
    what: string = 'runIfLeader',
  ): Promise<LeaderRun<T>> {
    const leadership = this.workable
    publish('oarlock:call', { election: this, what, outcome: leadership === null ? 'skipped' : 'ran' })
    if (leadership === null) return { ran: false, leader: this.leader }
    return { ran: true, value: await this.work.run(what, leadership, () => task(leadership)) }
  }

  /**
   * Hands the leadership over, to `to` or to whoever is most caught up; resolves with the new leader's id. It may come back: to
   * leave for good, close the application. Throws NotLeaderError, TransferFailedError, or the signal's reason.
   */
  async resign(options: AbortOptions & { readonly to?: string } = {}): Promise<string> {
    if (!this.held) throw this.refusal('only the leader can resign')
    return this.late.transferLeadership(options)
  }

  /** Why is there no leader? `String(service.why())` is a sentence a line. */
  why(): ReturnType<Election['why']> {
    return this.late.why()
  }

  /** @internal The leadership, if work may begin under it: not when it is about to be handed over. */
  get workable(): Leadership | null {
    const { leadership } = this
    return leadership?.held === true && !leadership.signal.aborted ? leadership : null
  }

  /** @internal */
  refusal(what: string): NotLeaderError {
    const { leader } = this
    // Its own name, while it does not hold: it led until now, or does not yet.
    const other = leader === null || leader.id === this.id ? null : leader.id
    const who = other === null ? 'no leader is known' : `'${other}' leads`
    return new NotLeaderError(`election '${this.name}': ${what}; ${who}`, { leader: other })
  }

  /** @internal */
  called(what: string, outcome: CallOutcome): void {
    publish('oarlock:call', { election: this, what, outcome })
  }

  /** @internal */
  ledBy(leader: LeaderInfo | null): void {
    if (leader !== null) this.#leaderlessSince = null
    else this.#leaderlessSince ??= performance.now()
    this.#leaders.next(leader)
  }

  /** @internal No change will come any more. */
  ended(stopped: Error | null): void {
    this.#stopped = stopped
    if (this.#leaders.value !== null) this.ledBy(null)
    this.#leaders.complete()
  }
}

// Pending proposals, and how each proposer learns the outcome of its command.
//
// A proposal is `waiting` until a leader is known. It is then `submitted` to the core, as one request with
// all others of that turn. A waiting proposal has certainly not been applied. A submitted one may be, and
// ends in one of these ways:
//   its entry is applied                          → the result (the entry names the proposal: command.ts)
//   the leader did not append it                  → waiting again: it is safe to retry
//   it has a place in the log, and an entry of a later term is applied first → lost, not applied (§5.4)
//   it times out, it is aborted, or the member closes                        → unknown, never retried
//
// What belongs to a session may be in the log twice, as the table of sessions applies it once. Such a
// proposal is `waiting` again also when it is lost, when the leader changes or does not answer, and when a
// snapshot may stand for its entry.
import type {
  DropReason,
  Entry,
  EntryId,
  Event,
  Millis,
  NodeId,
  ProposalOutcome,
  Role,
  Term,
} from '@oarlock/core'
import {
  MemberClosedError,
  NoLeaderError,
  type OarlockError,
  ProposalAbortedError,
  ProposalLostError,
  ProposalTimeoutError,
  TooManyUncommittedError,
} from '../errors.ts'
import { RequestMeter } from '../meters/index.ts'
import type { Clock } from '../ports/index.ts'
import {
  type CommandKind,
  encodeCommands,
  isFrom,
  type Origin,
  offsetOf,
  plainCommand,
  requestOf,
} from './command.ts'
import { ForwardWindow } from './forward-window.ts'
import {
  type Batch,
  type Completion,
  inWords,
  isRetriable,
  nextRequest,
  outcomeOf,
  type Proposal,
} from './proposal.ts'

/** The part of the core that proposals use. */
export interface ProposalTarget {
  readonly role: Role
  readonly leader: NodeId | null
  readonly term: Term
  step(event: Event, now: Millis): void
}

export interface ProposalsInit {
  readonly core: ProposalTarget
  readonly clock: Clock
  /** Names this start of this member. No other start of any member may have the same. */
  readonly origin: Origin
  /** The number of the first request; see newFirstRequest. */
  readonly firstRequest: number
  /** How long a proposal may take before it fails, in ms. */
  readonly timeout: Millis
  /** How often timeouts are checked, and refused proposals are retried under the same leader, in ms. */
  readonly sweepInterval: Millis
  /**
   * A session command without an answer is submitted again after this time, in ms, then after twice this
   * time, and so on.
   */
  readonly retryInterval: Millis
  /** The most bytes of commands in one request. */
  readonly maxRequestBytes: number
  /** The most bytes of commands on their way to another member that leads. Default 4 MiB. */
  readonly maxForwardedBytes?: number
  /**
   * There is no connection to this leader, as after a start: what is sent to it is lost, and nobody could say
   * that it was not applied. Default: there is one.
   */
  readonly isAway?: (leader: NodeId) => boolean
  /** The leader's time for commands that are appended now; 0: this member does not know it. */
  readonly leaderTime: () => Millis
  /** There is something to submit: a turn should end soon. */
  readonly wake: () => void
}

/** The error of a proposal that a closed member does not complete. */
type ClosedError = (proposal: Pick<Proposal<never>, 'state' | 'mayBeInLog'>) => MemberClosedError

export class Proposals<Result> {
  readonly meter: RequestMeter = new RequestMeter()
  readonly #init: ProposalsInit
  readonly #forwards: ForwardWindow
  /** Of the proposals on their way. */
  #forwardedTo: { readonly leader: NodeId | null; readonly term: Term | 0 } = { leader: null, term: 0 }
  #request: number
  #waiting: Proposal<Result>[] = []
  /** When the first proposal of this turn came. All of them use this one reading of the clock. */
  #turnBegan: Millis | null = null
  /** Refused by the current leader. They wait for another leader, or for the next sweep. */
  #parked: Proposal<Result>[] = []
  readonly #batches = new Map<number, Batch<Result>>()
  #recent: Batch<Result> | null = null
  /** When the first command of `#recent` was applied. */
  #appliedAt: Millis = 0
  /** The term of the last entry that was applied. */
  #appliedTerm = 0
  /** The index of the last snapshot installed here. The entries up to it were not seen one by one. */
  #installed = 0
  #open = 0
  #submitted = 0
  #cancelSweep: (() => void) | null = null
  #onNoneSubmitted: (() => void) | null = null
  /** Set once the member has closed or stopped. */
  #closed: ClosedError | null = null

  constructor(init: ProposalsInit) {
    this.#init = init
    this.#forwards = new ForwardWindow(init.maxForwardedBytes ?? 4 * 1024 * 1024)
    this.#request = init.firstRequest
  }

  /**
   * Takes in a command. It is submitted when this turn ends, if a leader is known by then. Returns null if it
   * was rejected at once.
   */
  add(
    command: Uint8Array,
    signal: AbortSignal | undefined,
    completion: Completion<Result>,
    kind: CommandKind = plainCommand,
  ): Proposal<Result> | null {
    const refusal = this.#refusal(signal)
    if (refusal !== null) {
      this.meter.failed(refusal.code)
      completion.reject(refusal)
      return null
    }
    this.#turnBegan ??= this.#init.clock.now()
    const deadline = this.#turnBegan + this.#init.timeout
    const proposal: Proposal<Result> = {
      command,
      kind,
      deadline,
      completion,
      state: 'waiting',
      mayBeInLog: false,
      attempts: 0,
      batch: null,
      unlisten: null,
    }
    if (signal !== undefined) {
      const onAbort = () => this.#abort(proposal, signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      proposal.unlisten = () => signal.removeEventListener('abort', onAbort)
    }
    this.#open++
    this.#waiting.push(proposal)
    if (this.#cancelSweep === null) this.#armSweep()
    this.#init.wake()
    return proposal
  }

  #refusal(signal: AbortSignal | undefined): OarlockError | null {
    if (signal?.aborted) {
      const message = `aborted by the caller: ${inWords['not-applied']}`
      return new ProposalAbortedError(message, 'not-applied', { cause: signal.reason })
    }
    return this.#closed?.({ state: 'waiting', mayBeInLog: false }) ?? null
  }

  /** Those that have no outcome yet. */
  get pending(): number {
    return this.#open
  }

  /**
   * Submits waiting proposals to the core, if a leader is known and connected: so many as may be on their way
   * to it.
   */
  submit(): void {
    this.#turnBegan = null
    const { core, clock, maxRequestBytes, isAway } = this.#init
    if (this.#waiting.length === 0 || core.leader === null) return
    // Each heartbeat of the leader is followed by another turn.
    if (core.role !== 'leader' && isAway?.(core.leader) === true) return
    if (this.#forwardedTo.leader !== core.leader || this.#forwardedTo.term !== core.term) {
      this.#forwardedTo = { leader: core.leader, term: core.term }
      this.#forwards.clear()
    }
    const now = clock.now()
    const waiting = this.#waiting
    this.#waiting = []
    for (let next = 0; next < waiting.length; ) {
      const { proposals, bytes, end } = nextRequest(waiting, next, maxRequestBytes)
      if (core.role !== 'leader' && !this.#forwards.hasRoomFor(bytes)) {
        this.#waiting = waiting.slice(next)
        return
      }
      if (proposals.length > 0) this.#submitAsOne(proposals, bytes, now)
      next = end
    }
  }

  /** The connection to a peer was lost, and maybe with it proposals that were on their way. */
  unreachable(peer: NodeId): void {
    if (peer !== this.#forwardedTo.leader) return
    this.#forwards.clear()
    if (this.#waiting.length > 0) this.#init.wake()
  }

  #submitAsOne(proposals: readonly Proposal<Result>[], bytes: number, now: Millis): void {
    const { core } = this.#init
    const request = this.#request++
    let deadline = Number.POSITIVE_INFINITY
    let retryAt = Number.POSITIVE_INFINITY
    for (const proposal of proposals) {
      if (proposal.deadline < deadline) deadline = proposal.deadline
      if (isRetriable(proposal))
        retryAt = Math.min(retryAt, now + this.#init.retryInterval * 2 ** proposal.attempts)
      proposal.attempts++
    }
    const batch: Batch<Result> = {
      request,
      proposals,
      leader: core.leader!,
      term: core.term,
      deadline,
      retryAt,
      open: proposals.length,
      placed: null,
      arrived: core.role === 'leader' ? null : this.#forwards.add(bytes),
    }
    for (const proposal of proposals) {
      proposal.state = 'submitted'
      proposal.batch = batch
    }
    this.#submitted += proposals.length
    this.#batches.set(request, batch)
    const entries = encodeCommands(this.#init.origin, request, proposals, this.#init.leaderTime())
    core.step({ type: 'propose', request, entries }, now)
  }

  /** The leader has appended a request, or refused it. */
  outcome({ request, at, reason }: ProposalOutcome): void {
    const batch = this.#batches.get(request)
    if (batch === undefined || batch.placed !== null) return
    this.#arrived(batch)
    if (at !== null) this.#place(batch, at)
    else this.#drop(batch, reason)
  }

  #arrived(batch: Batch<Result>): void {
    if (batch.arrived === null) return
    batch.arrived()
    batch.arrived = null
    if (this.#waiting.length > 0) this.#init.wake()
  }

  #place(batch: Batch<Result>, at: EntryId): void {
    batch.placed = at
    if (this.#isLost(at)) this.#lose(batch)
  }

  #drop(batch: Batch<Result>, reason: DropReason | null): void {
    const { core } = this.#init
    this.#batches.delete(batch.request)
    const tooMany = reason === 'too-many-uncommitted'
    const elsewhere = core.leader !== null && (core.leader !== batch.leader || core.term !== batch.term)
    for (const proposal of batch.proposals) {
      if (proposal.batch !== batch) continue
      this.#submitted--
      proposal.batch = null
      proposal.state = 'waiting'
      if (tooMany && !proposal.mayBeInLog)
        this.#reject(
          proposal,
          new TooManyUncommittedError(
            'the leader holds too many uncommitted bytes, and refused the command: propose more slowly',
            this.#leader,
          ),
        )
      else if (elsewhere) this.#waiting.push(proposal)
      else this.#parked.push(proposal)
    }
    this.#tellIfNoneSubmitted()
  }

  /** The leader or the term changed, and a leader is known. */
  leaderChanged(): void {
    const { leader, term } = this.#init.core
    this.retryRefused()
    for (const batch of this.#batches.values())
      if (batch.placed === null && (batch.leader !== leader || batch.term !== term))
        this.#submitAgain(batch, true)
  }

  /**
   * What belongs to a session waits again. `mayBeInLog`: this submission may be in a log, or get there yet.
   * All other proposals of the batch keep waiting for their outcome.
   */
  #submitAgain(batch: Batch<Result>, mayBeInLog: boolean): void {
    if (batch.retryAt === Number.POSITIVE_INFINITY) return
    for (const proposal of batch.proposals) {
      if (proposal.batch !== batch || !isRetriable(proposal)) continue
      proposal.batch = null
      proposal.state = 'waiting'
      proposal.mayBeInLog ||= mayBeInLog
      this.#submitted--
      batch.open--
      this.#waiting.push(proposal)
    }
    if (batch.open === 0) {
      this.#batches.delete(batch.request)
      this.#arrived(batch)
    }
    this.#tellIfNoneSubmitted()
    this.#init.wake()
  }

  /** Refused proposals are submitted again. */
  retryRefused(): void {
    if (this.#parked.length === 0) return
    this.#waiting = this.#parked.concat(this.#waiting)
    this.#parked = []
  }

  /** Called with every entry, of any kind, before it is applied. */
  applying({ term }: Entry): void {
    if (term === this.#appliedTerm) return
    this.#appliedTerm = term
    for (const batch of this.#batches.values())
      if (batch.placed !== null && this.#isLost(batch.placed)) this.#lose(batch)
  }

  /**
   * A snapshot replaced the state. If it contains submitted commands, their outcome stays unknown here. Those
   * of a session are submitted again: the table of sessions in the snapshot has their answers.
   */
  installed({ index }: EntryId): void {
    this.#installed = index
    for (const batch of this.#batches.values())
      if (batch.placed !== null && batch.placed.index <= index) this.#submitAgain(batch, true)
  }

  /** Entries are applied in order. One that was not applied before an entry of a later term never will be. */
  #isLost(place: EntryId): boolean {
    return place.term < this.#appliedTerm && place.index > this.#installed
  }

  /** A command was applied. If it was proposed here, its proposer gets the result. */
  applied(data: Uint8Array, result: Result): void {
    if (!isFrom(this.#init.origin, data)) return
    const request = requestOf(data)
    let batch = this.#recent
    if (batch === null || batch.request !== request) {
      batch = this.#batches.get(request) ?? null
      this.#recent = batch
      this.#appliedAt = this.#init.clock.now()
    }
    const proposal = batch?.proposals[offsetOf(data)]
    if (proposal === undefined || proposal.batch !== batch) return
    this.#end(proposal)
    this.meter.succeeded(this.#appliedAt - proposal.deadline + this.#init.timeout)
    proposal.completion.resolve(result)
  }

  #lose(batch: Batch<Result>): void {
    this.#submitAgain(batch, false)
    for (const proposal of batch.proposals)
      if (proposal.batch === batch)
        this.#reject(
          proposal,
          new ProposalLostError(
            `another leader's entry replaced the command in the log: ${inWords['not-applied']}`,
            this.#leader,
          ),
        )
  }

  #abort(proposal: Proposal<Result>, reason: unknown): void {
    const outcome = outcomeOf(proposal)
    const facts = { ...this.#leader, cause: reason }
    this.#reject(
      proposal,
      new ProposalAbortedError(`aborted by the caller: ${inWords[outcome]}`, outcome, facts),
    )
  }

  /** The member closes or stops. */
  failAll(message: string, cause?: unknown): void {
    this.#cancelSweep?.()
    this.#cancelSweep = null
    const facts = cause === undefined ? this.#leader : { ...this.#leader, cause }
    const closed: ClosedError = (proposal) => {
      const outcome = outcomeOf(proposal)
      return new MemberClosedError(`${message}: ${inWords[outcome]}`, outcome, facts)
    }
    this.#closed = closed
    this.#everyProposal((proposal) => {
      if (proposal.state !== 'ended') this.#reject(proposal, closed(proposal))
    })
    this.#waiting = []
    this.#parked = []
  }

  /** Calls `done` once no proposal is submitted, maybe at once. Call the returned function to cancel. */
  whenNoneSubmitted(done: () => void): () => void {
    this.#onNoneSubmitted = done
    this.#tellIfNoneSubmitted()
    return () => {
      this.#onNoneSubmitted = null
    }
  }

  #everyProposal(visit: (proposal: Proposal<Result>) => void): void {
    for (const batch of this.#batches.values()) batch.proposals.forEach(visit)
    this.#waiting.forEach(visit)
    this.#parked.forEach(visit)
  }

  #armSweep(): void {
    const { clock, sweepInterval } = this.#init
    this.#cancelSweep = clock.at(clock.now() + sweepInterval, () => {
      this.#cancelSweep = null
      this.#expire(clock.now())
      if (this.#open === 0) return
      this.#armSweep()
      this.#retryUnanswered(clock.now())
      if (this.#parked.length === 0) return
      this.retryRefused()
      this.#init.wake()
    })
  }

  /** A request or its answer may be lost, though the leader is the same. */
  #retryUnanswered(now: Millis): void {
    for (const batch of this.#batches.values())
      if (batch.placed === null && batch.retryAt <= now) this.#submitAgain(batch, true)
  }

  #expire(now: Millis): void {
    for (const batch of this.#batches.values()) {
      if (batch.deadline > now) continue
      for (const proposal of batch.proposals)
        if (proposal.batch === batch && proposal.deadline <= now)
          this.#reject(proposal, new ProposalTimeoutError(`timed out: ${inWords.unknown}`, this.#leader))
    }
    const stillWaiting = (proposal: Proposal<Result>): boolean => {
      if (proposal.state !== 'waiting') return false
      if (proposal.deadline > now) return true
      this.#reject(
        proposal,
        proposal.mayBeInLog
          ? new ProposalTimeoutError(`timed out: ${inWords.unknown}`, this.#leader)
          : new NoLeaderError(`${this.#whyWaiting()}: ${inWords['not-applied']}`, this.#leader),
      )
      return false
    }
    this.#waiting = this.#waiting.filter(stillWaiting)
    this.#parked = this.#parked.filter(stillWaiting)
  }

  #whyWaiting(): string {
    const { leader, role } = this.#init.core
    return leader === null || role === 'leader'
      ? 'no leader accepted the command in time'
      : `the command did not reach the leader '${leader}' in time: propose more slowly, or give it more time`
  }

  #reject(proposal: Proposal<Result>, error: OarlockError): void {
    this.#end(proposal)
    this.meter.failed(error.code)
    proposal.completion.reject(error)
  }

  #end(proposal: Proposal<Result>): void {
    const { batch } = proposal
    this.#open--
    proposal.state = 'ended'
    proposal.unlisten?.()
    if (batch === null) return
    proposal.batch = null
    if (--batch.open === 0) {
      this.#batches.delete(batch.request)
      this.#arrived(batch)
    }
    this.#submitted--
    this.#tellIfNoneSubmitted()
  }

  #tellIfNoneSubmitted(): void {
    if (this.#submitted === 0) this.#onNoneSubmitted?.()
  }

  get #leader(): { leader: NodeId | null } {
    return { leader: this.#init.core.leader }
  }
}

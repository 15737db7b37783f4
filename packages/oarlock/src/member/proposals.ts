// The proposers that wait, and how each of them learns what became of its command.
//
// A proposal is `waiting` until a leader is known, then `handed` to the core, with all others of that turn, as one request.
// While it waits it is certain not to be applied. Once handed it may be: from there only these end it,
//   its entry is applied                          → the result            (found by the identity in the entry: command.ts)
//   the leader says it did not append it          → waiting again: retried, since it was not and will not be appended
//   it has a place, and an entry of a later term is applied there or before → lost, not applied (§5.4: the place is taken)
//   its time is up, it is aborted, the member closes                        → unknown; never retried
import type { DropReason, Entry, EntryId, Event, Millis, NodeId, ProposalOutcome, Term } from '@oarlock/core'
import {
  MemberClosedError,
  NoLeaderError,
  type OarlockError,
  ProposalAbortedError,
  ProposalLostError,
  ProposalTimeoutError,
  TooManyUncommittedError,
} from '../errors.ts'
import { encodeCommands, firstRequest, isFrom, maxBatch, newOrigin, offsetOf, requestOf } from './command.ts'
import type { Clock } from './ports.ts'
import { type Batch, inWords, outcomeOf, type Proposal } from './proposal.ts'

/** As much of the core as proposals need. */
export interface ProposalTarget {
  readonly leader: NodeId | null
  readonly term: Term
  step(event: Event, now: Millis): void
}

export interface ProposalsInit {
  readonly core: ProposalTarget
  readonly clock: Clock
  /** Until a proposer gives up, in ms. */
  readonly timeout: Millis
  /** How late a time-out may be noticed, and how soon a refused proposal is tried again under the same leader, in ms. */
  readonly sweepInterval: Millis
  /** Bytes of commands handed over as one request. */
  readonly maxRequestBytes: number
  /** There is something to hand over. */
  readonly wake: () => void
}

export class Proposals<Result> {
  readonly #init: ProposalsInit
  readonly #origin = newOrigin()
  #request = firstRequest()
  #waiting: Proposal<Result>[] = []
  /** When the first proposal of this turn came: a clock's reading serves all of them. */
  #turnBegan: Millis | null = null
  /** Refused under the leader that is still known: they wait for another one, or for the next sweep. */
  #parked: Proposal<Result>[] = []
  readonly #batches = new Map<number, Batch<Result>>()
  #recent: Batch<Result> | null = null
  /** Of the last entry that was applied. */
  #appliedTerm = 0
  #open = 0
  #handed = 0
  #cancelSweep: (() => void) | null = null
  #onNoneHanded: (() => void) | null = null

  constructor(init: ProposalsInit) {
    this.#init = init
  }

  add(command: Uint8Array, signal: AbortSignal | undefined): Promise<Result> {
    if (signal?.aborted)
      return Promise.reject(
        new ProposalAbortedError('aborted before it was proposed', 'not-applied', { cause: signal.reason }),
      )
    return new Promise((resolve, reject) => {
      this.#turnBegan ??= this.#init.clock.now()
      const deadline = this.#turnBegan + this.#init.timeout
      const proposal: Proposal<Result> = {
        command,
        deadline,
        resolve,
        reject,
        state: 'waiting',
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
    })
  }

  /** Hands what waits to the core, if a leader is known. */
  handOver(now: Millis): void {
    this.#turnBegan = null
    const { core, maxRequestBytes } = this.#init
    if (this.#waiting.length === 0 || core.leader === null) return
    const waiting = this.#waiting
    this.#waiting = []
    let proposals: Proposal<Result>[] = []
    let bytes = 0
    for (const proposal of waiting) {
      if (proposal.state !== 'waiting') continue
      const full = bytes + proposal.command.length > maxRequestBytes || proposals.length === maxBatch
      if (full && proposals.length > 0) {
        this.#handOverAsOne(proposals, now)
        proposals = []
        bytes = 0
      }
      proposals.push(proposal)
      bytes += proposal.command.length
    }
    if (proposals.length > 0) this.#handOverAsOne(proposals, now)
  }

  #handOverAsOne(proposals: readonly Proposal<Result>[], now: Millis): void {
    const { core } = this.#init
    const request = this.#request++
    let deadline = Number.POSITIVE_INFINITY
    for (const proposal of proposals) if (proposal.deadline < deadline) deadline = proposal.deadline
    const batch: Batch<Result> = {
      request,
      proposals,
      leader: core.leader!,
      term: core.term,
      deadline,
      open: proposals.length,
      placed: null,
    }
    for (const proposal of proposals) {
      proposal.state = 'handed'
      proposal.batch = batch
    }
    this.#handed += proposals.length
    this.#batches.set(request, batch)
    core.step({ type: 'propose', request, entries: encodeCommands(this.#origin, request, proposals) }, now)
  }

  /** What the leader says about a request. */
  outcome({ request, at, reason }: ProposalOutcome): void {
    const batch = this.#batches.get(request)
    if (batch === undefined || batch.placed !== null) return
    if (at !== null) this.#place(batch, at)
    else this.#drop(batch, reason)
  }

  #place(batch: Batch<Result>, at: EntryId): void {
    batch.placed = at.term
    if (at.term < this.#appliedTerm) this.#lose(batch)
  }

  #drop(batch: Batch<Result>, reason: DropReason | null): void {
    const { core } = this.#init
    this.#batches.delete(batch.request)
    const tooMany = reason === 'too-many-uncommitted'
    const elsewhere = core.leader !== null && (core.leader !== batch.leader || core.term !== batch.term)
    for (const proposal of batch.proposals) {
      if (proposal.state !== 'handed') continue
      this.#handed--
      proposal.batch = null
      proposal.state = 'waiting'
      if (tooMany)
        this.#reject(proposal, new TooManyUncommittedError('too much is uncommitted', this.#leader))
      else if (elsewhere) this.#waiting.push(proposal)
      else this.#parked.push(proposal)
    }
    this.#tellIfNoneHanded()
  }

  /** Another leader, or another term: what was refused is worth another try. */
  retryRefused(): void {
    if (this.#parked.length === 0) return
    this.#waiting = this.#parked.concat(this.#waiting)
    this.#parked = []
  }

  /** Every applied entry passes here first, whatever it holds. */
  applying({ term }: Entry): void {
    if (term === this.#appliedTerm) return
    this.#appliedTerm = term
    for (const batch of this.#batches.values())
      if (batch.placed !== null && batch.placed < term) this.#lose(batch)
  }

  /** A command was applied: if it is one of ours, whoever waits gets the result. */
  applied(data: Uint8Array, result: Result): void {
    if (!isFrom(this.#origin, data)) return
    const request = requestOf(data)
    let batch = this.#recent
    if (batch === null || batch.request !== request) {
      batch = this.#batches.get(request) ?? null
      this.#recent = batch
    }
    const proposal = batch?.proposals[offsetOf(data)]
    if (proposal === undefined || proposal.state !== 'handed' || proposal.batch !== batch) return
    this.#settle(proposal)
    proposal.resolve(result)
  }

  #lose(batch: Batch<Result>): void {
    for (const proposal of batch.proposals)
      if (proposal.state === 'handed')
        this.#reject(
          proposal,
          new ProposalLostError("another leader's entry took the proposal's place", this.#leader),
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
    const fail = (proposal: Proposal<Result>): void => {
      if (proposal.state === 'settled') return
      const outcome = outcomeOf(proposal)
      this.#reject(proposal, new MemberClosedError(`${message}: ${inWords[outcome]}`, outcome, facts))
    }
    this.#everyProposal(fail)
    this.#waiting = []
    this.#parked = []
  }

  /** Resolves `done` as soon as no proposal's fate depends on a leader any more. Returns its cancellation. */
  whenNoneHanded(done: () => void): () => void {
    this.#onNoneHanded = done
    this.#tellIfNoneHanded()
    return () => {
      this.#onNoneHanded = null
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
      if (this.#parked.length === 0) return
      this.retryRefused()
      this.#init.wake()
    })
  }

  #expire(now: Millis): void {
    for (const batch of this.#batches.values()) {
      if (batch.deadline > now) continue
      for (const proposal of batch.proposals)
        if (proposal.state === 'handed' && proposal.deadline <= now)
          this.#reject(proposal, new ProposalTimeoutError(`timed out: ${inWords.unknown}`, this.#leader))
    }
    const stillWaiting = (proposal: Proposal<Result>): boolean => {
      if (proposal.state !== 'waiting') return false
      if (proposal.deadline > now) return true
      this.#reject(proposal, new NoLeaderError('no leader took the proposal in time', this.#leader))
      return false
    }
    this.#waiting = this.#waiting.filter(stillWaiting)
    this.#parked = this.#parked.filter(stillWaiting)
  }

  #reject(proposal: Proposal<Result>, error: OarlockError): void {
    this.#settle(proposal)
    proposal.reject(error)
  }

  #settle(proposal: Proposal<Result>): void {
    const { batch } = proposal
    this.#open--
    proposal.state = 'settled'
    proposal.unlisten?.()
    if (batch === null) return
    proposal.batch = null
    if (--batch.open === 0) this.#batches.delete(batch.request)
    this.#handed--
    this.#tellIfNoneHanded()
  }

  #tellIfNoneHanded(): void {
    if (this.#handed === 0) this.#onNoneHanded?.()
  }

  get #leader(): { leader: NodeId | null } {
    return { leader: this.#init.core.leader }
  }
}

// What a node remembers of elections (paper §5.2, §5.4.1; pre-vote: thesis §9.6), for people who ask why
// there is no leader (explain/). No rule reads it, and it is written only when somebody asks for a vote,
// answers, or stops leading.
//
// It is bounded: the last campaign, the last refusal for each of a few candidates, the last leadership. Each
// stays, with its time, until a newer one takes its place, also when there is a leader again: people ask
// late.

import { frozen } from '../frozen.ts'
import type { PreVoteResponse, VoteRefusal, VoteResponse } from '../message.ts'
import type { EntryId, Millis, NodeId, Term } from '../types.ts'

/** Times are of this node's clock, as everywhere in a view. */
export interface VoterAnswer {
  readonly granted: boolean
  readonly at: Millis
  /** The voter's term; the requested term if it granted. */
  readonly term: Term
  /** Why not; null if it granted, or gave no reason. */
  readonly refusal: VoteRefusal | null
}

/** A node asked the voters for a vote, or (thesis §9.6) whether they would give one. */
export interface CampaignView {
  readonly kind: 'preVote' | 'vote'
  /** The requested term. */
  readonly term: Term
  /** A leader told it to stand. */
  readonly transfer: boolean
  /** The last entry of its log. */
  readonly last: EntryId
  readonly at: Millis
  /** The voters that it asked, itself included; null: no answer so far. */
  readonly answers: ReadonlyMap<NodeId, VoterAnswer | null>
}

/** A vote that this node did not give. */
export interface RefusalView {
  readonly candidate: NodeId
  readonly kind: CampaignView['kind']
  /** The requested term. */
  readonly term: Term
  /** The last entry of the candidate's log. */
  readonly last: EntryId
  readonly at: Millis
  /** This node's term then. */
  readonly ownTerm: Term
  readonly refusal: VoteRefusal
  /** False: it sent no answer, as Raft has it where an answer would only do harm. */
  readonly answered: boolean
}

/** Why a leader stopped leading. */
export type LeadershipEnd =
  /** No quorum had answered its heartbeats in time (thesis §6.4.1, §6.2). */
  | { readonly reason: 'lease-ran-out' | 'no-quorum' }
  /** It had told `target` to take over, which did not happen (thesis §3.10). */
  | { readonly reason: 'transfer-failed'; readonly target: NodeId }
  | { readonly reason: 'no-voter-any-more' }
  /** Its runtime asked for it (the event `stepDown`). */
  | { readonly reason: 'told-to' }
  | { readonly reason: 'later-term'; readonly term: Term }

export interface LostLeadershipView {
  readonly term: Term
  readonly at: Millis
  readonly end: LeadershipEnd
  /** The voters that it had not heard from in time. */
  readonly silent: readonly NodeId[]
}

/** Candidates are few; non-members that ask could be many. */
const maxRefusals = 16

export class ElectionRecord {
  /** When the promise ends that the node began with, or -Infinity. */
  readonly promisedAtStart: Millis
  campaign: CampaignView | null = null
  /** The last one for each candidate, oldest first. */
  refusals: readonly RefusalView[] = frozen([])
  lostLeadership: LostLeadershipView | null = null

  constructor(promisedAtStart: Millis) {
    this.promisedAtStart = promisedAtStart
  }

  asked({
    voters,
    ...question
  }: Omit<CampaignView, 'answers'> & { readonly voters: readonly NodeId[] }): void {
    const answers = new Map<NodeId, VoterAnswer | null>()
    for (const voter of voters) answers.set(voter, null)
    this.campaign = frozen({ ...question, answers })
  }

  /** Notes an answer, also one that comes too late to count. */
  heard(from: NodeId, message: VoteResponse | PreVoteResponse, at: Millis): void {
    const { campaign } = this
    if (campaign === null || message.type !== `${campaign.kind}Response`) return
    const { granted, term, refusal = null } = message
    // A refusal carries the voter's term. A refused vote cannot come from an earlier term than the requested
    // one.
    const isOfAnother = granted ? term !== campaign.term : campaign.kind === 'vote' && term < campaign.term
    const known = campaign.answers.get(from)
    if (isOfAnother || known === undefined || (known !== null && counts(campaign, known))) return
    const answer = { granted, at, term, refusal }
    this.campaign = frozen({ ...campaign, answers: new Map(campaign.answers).set(from, answer) })
  }

  refused(refusal: RefusalView): void {
    const others = this.#refusalsOfOthers(refusal.candidate)
    this.refusals = frozen([...others.slice(1 - maxRefusals), refusal])
  }

  /** Earlier refusals of this candidate no longer matter. */
  granted(candidate: NodeId): void {
    if (this.refusals.length > 0) this.refusals = frozen(this.#refusalsOfOthers(candidate))
  }

  #refusalsOfOthers(candidate: NodeId): readonly RefusalView[] {
    return this.refusals.filter((refusal) => refusal.candidate !== candidate)
  }

  stoppedLeading(lost: LostLeadershipView): void {
    this.lostLeadership = frozen(lost)
  }
}

/**
 * A voter's first answer counts (vote.ts), except for a refusal of a term before the candidate's own (§5.1).
 */
function counts(campaign: CampaignView, { granted, term }: VoterAnswer): boolean {
  return granted || term >= (campaign.kind === 'preVote' ? campaign.term - 1 : campaign.term)
}

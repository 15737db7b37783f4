// What a node remembers of elections (paper §5.2, §5.4.1; pre-vote: thesis §9.6), to answer people who ask why there is no leader (inspect.ts,
// explain.ts). No rule looks at any of it, and nothing is written but when somebody asks for a vote, answers, or stops leading.
//
// It is bounded: the last campaign, the last refusal for each of a few candidates, the last leadership. Each is kept until
// a newer one takes its place, with its time, also when there is a leader again: people come late.
import { frozen } from '../frozen.ts'
import type { PreVote, PreVoteResponse, Vote, VoteRefusal, VoteResponse } from '../message.ts'
import type { Node } from '../node.ts'
import type { EntryId, Millis, NodeId, Term } from '../types.ts'
import { leaseDuration } from './lease.ts'

/** Times are of this node's clock, as everywhere in a view. */
export interface VoterAnswer {
  readonly granted: boolean
  readonly at: Millis
  /** The voter's, or the one that was asked for where it granted. */
  readonly term: Term
  /** Why not; null where it granted, or did not say. */
  readonly refusal: VoteRefusal | null
}

/** What a node asked the voters: a vote, or (thesis §9.6) whether it would get one. */
export interface CampaignView {
  readonly kind: 'preVote' | 'vote'
  /** The term that it asked for. */
  readonly term: Term
  /** A leader told it to stand. */
  readonly transfer: boolean
  /** Where its log ended. */
  readonly last: EntryId
  readonly at: Millis
  /** Whom it asked, itself included; null: no answer so far. */
  readonly answers: ReadonlyMap<NodeId, VoterAnswer | null>
}

/** A vote that this node did not give. */
export interface RefusalView {
  readonly candidate: NodeId
  readonly kind: CampaignView['kind']
  /** The term that was asked for. */
  readonly term: Term
  /** Where the candidate's log ended. */
  readonly last: EntryId
  readonly at: Millis
  /** This node's term then. */
  readonly ownTerm: Term
  readonly refusal: VoteRefusal
  /** False: without a word, as Raft has it where an answer would only do harm. */
  readonly answered: boolean
}

/** Why a leader stopped leading. */
export type LeadershipEnd =
  /** No quorum had answered its heartbeats in time (thesis §6.4.1, §6.2). */
  | { readonly reason: 'lease-ran-out' | 'no-quorum' }
  /** It had told `target` to take over, which did not (thesis §3.10). */
  | { readonly reason: 'transfer-failed'; readonly target: NodeId }
  | { readonly reason: 'no-voter-any-more' }
  /** Its runtime said so (the event `stepDown`). */
  | { readonly reason: 'told-to' }
  | { readonly reason: 'later-term'; readonly term: Term }

export interface LostLeadershipView {
  readonly term: Term
  readonly at: Millis
  readonly end: LeadershipEnd
  /** The voters that it had not heard from in time. */
  readonly silent: readonly NodeId[]
}

/** Candidates are few; strangers could be many. */
const maxRefusals = 16

export class ElectionRecord {
  /** Until when it promised at its start (node.ts), or -Infinity. */
  readonly promisedAtStart: Millis
  campaign: CampaignView | null = null
  /** The last one for each candidate, oldest first. */
  refusals: readonly RefusalView[] = frozen([])
  lostLeadership: LostLeadershipView | null = null

  constructor(promisedAtStart: Millis) {
    this.promisedAtStart = promisedAtStart
  }

  asks({
    voters,
    ...question
  }: Omit<CampaignView, 'answers'> & { readonly voters: readonly NodeId[] }): void {
    const answers = new Map<NodeId, VoterAnswer | null>()
    for (const voter of voters) answers.set(voter, null)
    this.campaign = frozen({ ...question, answers })
  }

  /** Also where it comes too late to count: it tells no less. */
  hears(from: NodeId, message: VoteResponse | PreVoteResponse, at: Millis): void {
    const { campaign } = this
    if (campaign === null || message.type !== `${campaign.kind}Response`) return
    const { granted, term, refusal = null } = message
    // A refusal tells the voter's term. One of a vote, asked in a term, is not of an earlier one.
    const isOfAnother = granted ? term !== campaign.term : campaign.kind === 'vote' && term < campaign.term
    const known = campaign.answers.get(from)
    if (isOfAnother || known === undefined || (known !== null && counts(campaign, known))) return
    const answer = { granted, at, term, refusal }
    this.campaign = frozen({ ...campaign, answers: new Map(campaign.answers).set(from, answer) })
  }

  refuses(
    { now: at, term: ownTerm }: Node,
    candidate: NodeId,
    { type: kind, term, last }: Vote | PreVote,
    refusal: VoteRefusal,
    answered: boolean,
  ): void {
    const given = { candidate, kind, term, last, at, ownTerm, refusal, answered }
    this.refusals = frozen([...this.#refusalsOfOthers(candidate).slice(1 - maxRefusals), given])
  }

  /** What was refused before is settled. */
  granted(candidate: NodeId): void {
    if (this.refusals.length > 0) this.refusals = frozen(this.#refusalsOfOthers(candidate))
  }

  #refusalsOfOthers(candidate: NodeId): readonly RefusalView[] {
    return this.refusals.filter((refusal) => refusal.candidate !== candidate)
  }

  /** Before the node forgets what it knew as leader. */
  stopsLeading(node: Node, end: LeadershipEnd): void {
    const { config, now, term } = node
    const { voters, outgoing } = node.configuration
    const heardInTime = (member: NodeId): boolean => {
      const progress = node.progress.get(member)
      if (progress === undefined) return false
      return config.lease ? progress.answeredSentAt + leaseDuration(config) > now : progress.recentActive
    }
    const silent = [...new Set([...voters, ...outgoing])].filter((id) => id !== node.id && !heardInTime(id))
    this.lostLeadership = frozen({ term, at: now, end, silent })
  }
}

/** A voter's first answer counts (vote.ts), but for a refusal of a term before the candidate's own (§5.1). */
function counts(campaign: CampaignView, { granted, term }: VoterAnswer): boolean {
  return granted || term >= (campaign.kind === 'preVote' ? campaign.term - 1 : campaign.term)
}

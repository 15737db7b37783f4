// Watches one member: keeps what its events say of its peers, and says in the log what people should know.
import type { Explanation, Finding, Millis, NodeId, RaftView } from '@oarlock/core'
import type { ElectionState } from '../election/index.ts'
import type { FoundingRule, MemberIdentity, Refusal } from '../identity/index.ts'
import type { Clock, EventLogger, Link, WarnFields } from '../ports/index.ts'
import { explainMember, leaderlessText, problemsOf } from './explain-member.ts'
import type { MemberFacts } from './facts.ts'
import { Leaderless, type LeaderState } from './leaderless.ts'
import { differUnwisely, stuckText, timeoutsText } from './peer-findings.ts'
import { type PeerStatus, peerStatuses } from './peer-status.ts'
import { RefusedPeers } from './refused-peers.ts'
import { seedFindings } from './seed-findings.ts'
import { StuckFollowers } from './stuck-followers.ts'

export interface DiagnosisInit {
  readonly id: NodeId
  /** Those of now, this one included. */
  readonly members: () => readonly NodeId[]
  readonly founding: FoundingRule
  readonly electionTimeout: Millis
  readonly clock: Clock
  readonly logger: EventLogger
  readonly state: () => ElectionState
  readonly failure: () => unknown
  readonly view: () => RaftView
  readonly awaited: () => readonly NodeId[]
  readonly links: () => ReadonlyMap<NodeId, Link>
  /** As in MemberFacts. */
  readonly joining: () => MemberFacts['joining']
  readonly seeds: () => MemberFacts['seeds']
  readonly lacksState: () => MemberFacts['lacksState']
}

/** How many sentences of why() a line in the log has. */
const sentencesInLog = 3

export class Diagnosis {
  readonly #init: DiagnosisInit
  readonly #refused: RefusedPeers
  readonly #stuck = new StuckFollowers()
  readonly #timeouts = new Map<NodeId, Millis>()
  readonly #leaderless: Leaderless
  /** The followers of which the log has said that they are stuck. */
  #saidStuck: ReadonlySet<NodeId> = new Set()
  /** The seeds, of which the log has said why they refuse this member, or it them. */
  #saidSeeds: ReadonlySet<string> = new Set()
  #cancel: (() => void) | null = null

  constructor(init: DiagnosisInit) {
    const { id, members, clock, electionTimeout } = init
    this.#init = init
    this.#refused = new RefusedPeers({
      id,
      members,
      warn: (fields, message) => this.#warn({ event: 'peer-refused', ...fields }, message),
    })
    this.#leaderless = new Leaderless(electionTimeout, clock.now())
  }

  start(): void {
    const { clock, electionTimeout } = this.#init
    this.#cancel = clock.at(clock.now() + electionTimeout, () => {
      this.start()
      this.#look()
    })
  }

  stop(): void {
    this.#cancel?.()
  }

  /** This member has judged a peer. */
  judged({ id: peer, electionTimeout: theirs }: MemberIdentity, refusal: Refusal | null): void {
    const { id, electionTimeout, clock } = this.#init
    if (refusal !== null) return this.#refused.refuse(peer, refusal, clock.now())
    this.#refused.accept(peer)
    const known = this.#timeouts.get(peer)
    if (!differUnwisely(theirs, electionTimeout)) this.#timeouts.delete(peer)
    else if (known !== theirs) {
      this.#timeouts.set(peer, theirs)
      this.#warn(
        { event: 'timeouts-differ', peer, electionTimeout, theirElectionTimeout: theirs },
        timeoutsText(id, electionTimeout, peer, theirs),
      )
    }
  }

  /** A peer refuses this member. */
  refusedBy(peer: NodeId, refusal: Refusal): void {
    this.#refused.refusedBy(peer, refusal, this.#init.clock.now())
  }

  why(): Explanation {
    return explainMember(this.#facts())
  }

  problems(): Finding[] {
    return problemsOf(this.#facts())
  }

  peers(): Record<NodeId, PeerStatus> {
    const { id, members, clock, links } = this.#init
    return peerStatuses(
      members().filter((member) => member !== id),
      links(),
      clock.now(),
    )
  }

  seeds(): Record<string, PeerStatus> {
    const seeds = this.#init.seeds()
    return peerStatuses([...seeds.keys()], seeds, this.#init.clock.now())
  }

  #facts(): MemberFacts {
    const { id, founding, electionTimeout, clock, state, failure, view, awaited, links } = this.#init
    const { joining, seeds, lacksState } = this.#init
    const now = clock.now()
    const stuck = this.#stuck
    return {
      id,
      now,
      electionTimeout,
      state: state(),
      failure: failure(),
      // A member that had to stop may have no view any more, and needs none.
      get view() {
        return view()
      },
      awaited: awaited(),
      founding,
      joining: joining(),
      seeds: seeds(),
      lacksState: lacksState(),
      links: links(),
      refused: this.#refused.at(now),
      timeouts: this.#timeouts,
      get stuck() {
        return stuck.at(view())
      },
      leaderlessFor: this.#leaderless.lasting(now),
    }
  }

  #look(): void {
    const { id, clock, view } = this.#init
    this.#stuck.look(view())
    const facts = this.#facts()
    this.#sayStuck(facts)
    this.#saySeeds(facts)
    const leader = leaderStateIn(facts)
    const forMs = this.#leaderless.look(leader, clock.now())
    if (forMs === null) return
    const { findings } = explainMember(facts)
    const sentences = findings.slice(0, sentencesInLog).map(({ text }) => text)
    if (leader === 'none') sentences.unshift(leaderlessText(id, forMs))
    const event = leader === 'waiting' ? 'waits-for-others' : 'no-leader'
    this.#warn({ event, forMs: Math.round(forMs) }, sentences.join(' '))
  }

  /** Once for each follower, until it is no longer stuck. */
  #sayStuck(facts: MemberFacts): void {
    for (const stuck of facts.stuck)
      if (!this.#saidStuck.has(stuck.peer))
        this.#warn({ event: 'follower-stuck', peer: stuck.peer }, stuckText(facts, stuck))
    this.#saidStuck = new Set(facts.stuck.map(({ peer }) => peer))
  }

  /** Once for each seed and reason, while it lasts. */
  #saySeeds(facts: MemberFacts): void {
    const refusals = seedFindings(facts).filter(({ kind }) => kind === 'refused')
    for (const { node: seed, text } of refusals)
      if (!this.#saidSeeds.has(text)) this.#warn({ event: 'seed-refused', seed }, text)
    this.#saidSeeds = new Set(refusals.map(({ text }) => text))
  }

  #warn(fields: WarnFields, message: string): void {
    const { id, logger } = this.#init
    logger.warn({ id, ...fields }, message)
  }
}

/** While a member closes it need not know a leader. */
function leaderStateIn({ state, view }: MemberFacts): LeaderState {
  if (state === 'waiting') return 'waiting'
  return state !== 'running' || view.leader !== null ? 'known' : 'none'
}

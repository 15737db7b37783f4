// Counts the elections of one member, from what the core remembers of its last one (paper §5.2).
import type { RaftView, RoleChange, Term } from '@oarlock/core'
import { ReasonCounts } from './reason-counts.ts'

/** The part of the core that is asked. */
export interface ElectionSource {
  inspect(): Pick<RaftView, 'election' | 'lostLeadership'>
}

/**
 * `pre-vote`: it asked whether it would win (thesis §9.6). `timeout`, `transfer`: why it stood for election.
 */
export type ElectionReason = 'pre-vote' | 'timeout' | 'transfer'

export class ElectionMeter {
  readonly begun: Record<ElectionReason, number> = { 'pre-vote': 0, timeout: 0, transfer: 0 }
  won = 0
  readonly lost: ReasonCounts = new ReasonCounts()
  readonly #core: ElectionSource
  #last: RaftView['election'] = null
  readonly #onBegin: (reason: ElectionReason, term: Term) => void
  #leads = false

  constructor(core: ElectionSource, onBegin: (reason: ElectionReason, term: Term) => void) {
    this.#core = core
    this.#onBegin = onBegin
  }

  roleChanged({ role }: RoleChange): void {
    const view = this.#core.inspect()
    const leads = role === 'leader'
    if (leads && !this.#leads) this.won++
    if (!leads && this.#leads && view.lostLeadership !== null) this.lost.add(view.lostLeadership.end.reason)
    this.#leads = leads
    this.#count(view)
  }

  /** A member may ask again without a change of its role. */
  look(): void {
    this.#count(this.#core.inspect())
  }

  #count({ election }: Pick<RaftView, 'election'>): void {
    const last = this.#last
    this.#last = election
    if (election === null) return
    // The record changes with each answer.
    if (
      last !== null &&
      last.kind === election.kind &&
      last.at === election.at &&
      last.term === election.term
    )
      return
    const reason = election.kind === 'preVote' ? 'pre-vote' : election.transfer ? 'transfer' : 'timeout'
    this.begun[reason]++
    this.#onBegin(reason, election.term)
  }
}

// Makes the leader's changes of the membership. It looks after each turn, and proposes at most one change at
// a time: the core refuses another one before the last is applied.
import type { Event, Millis, NodeId, RaftView, RequestId, Role, Term } from '@oarlock/core'
import { CatchUp } from './catch-up.ts'
import type { TableState } from './member-table.ts'
import type { Newcomers } from './newcomers.ts'
import { type LeaderFacts, mayPromote, nextStep } from './next-step.ts'

/** The part of the core that is used here. */
export interface ChangeTarget {
  readonly role: Role
  readonly term: Term
  inspect(now: Millis): RaftView
  step(event: Event, now: Millis): void
}

export interface LeaderChangesInit {
  readonly id: NodeId
  readonly core: ChangeTarget
  readonly electionTimeout: Millis
  readonly newcomers: Newcomers
  readonly incarnationOf: LeaderFacts['incarnationOf']
  readonly addressOf: LeaderFacts['addressOf']
  readonly admission: LeaderFacts['admission']
  readonly isReachable: LeaderFacts['isReachable']
  readonly lacksState: LeaderFacts['lacksState']
  /** See ProposalsInit. Changes count down from its negative, so that no proposal has their numbers. */
  readonly firstRequest: RequestId
}

export class LeaderChanges {
  readonly #init: LeaderChangesInit
  readonly #catchUp: CatchUp
  #term: Term | 0 = 0
  #leadsSince: Millis = 0
  #triedTransfer = false
  #request: RequestId
  /** It need not look again before `until`, unless the table changes. */
  #looked: { readonly until: Millis; readonly table: TableState } | null = null

  constructor(init: LeaderChangesInit) {
    this.#init = init
    this.#request = -init.firstRequest
    this.#catchUp = new CatchUp(init.electionTimeout)
  }

  /** Call after each turn. Steps the core if there is something to do. */
  look(table: TableState, now: Millis): void {
    const {
      id,
      core,
      electionTimeout,
      newcomers,
      incarnationOf,
      addressOf,
      admission,
      isReachable,
      lacksState,
    } = this.#init
    if (core.role !== 'leader') return
    if (core.term !== this.#term) this.#leads(core.term, now)
    if (!this.#hasWork(table) || this.#waits(table, now)) return
    const view = core.inspect(now)
    if (view.transferTarget !== null) return
    this.#catchUp.keep(new Set(table.configuration.learners))
    const step = nextStep({
      id,
      table,
      view,
      leadsSince: this.#leadsSince,
      triedTransfer: this.#triedTransfer,
      newcomers,
      incarnationOf,
      addressOf,
      admission,
      isReachable,
      lacksState,
      hasCaughtUp: (member) => {
        const progress = view.progress.get(member)
        return progress !== undefined && this.#catchUp.look(member, progress, view.lastIndex, now)
      },
    })
    // A change is proposed again if it does not arrive: the core may have refused it.
    this.#looked = { until: now + electionTimeout / (step === null ? 20 : 2), table }
    if (step === null) return
    if (step === 'transfer') {
      this.#triedTransfer = true
      core.step({ type: 'transfer', to: null }, now)
    } else {
      const request = --this.#request
      core.step({ type: 'reconfigure', request, change: step, expected: view.configurationIndex }, now)
    }
  }

  #leads(term: Term, now: Millis): void {
    this.#term = term
    this.#leadsSince = now
    this.#triedTransfer = false
    this.#looked = null
    this.#catchUp.keep(new Set())
  }

  #hasWork({ request, members, configuration }: TableState): boolean {
    if (request !== null || this.#init.newcomers.size > 0) return true
    if (configuration.learners.length === 0) return false
    for (const [id, record] of members) if (mayPromote(record, configuration, id)) return true
    return false
  }

  #waits(table: TableState, now: Millis): boolean {
    return this.#looked?.table === table && now < this.#looked.until
  }
}

// The members of the cluster, as this member knows them: the table, the requests of its callers, and the
// changes that it makes while it leads.
import type { Entry, Millis, NodeId, RequestId } from '@oarlock/core'
import type { Clock } from '../ports/index.ts'
import { ChangeRequests } from './change-requests.ts'
import { type ChangeTarget, LeaderChanges } from './leader-changes.ts'
import { type TableState, tableAfter } from './member-table.ts'
import { Newcomers } from './newcomers.ts'
import type { LeaderFacts } from './next-step.ts'

export interface ClusterMembersInit {
  readonly id: NodeId
  readonly core: ChangeTarget & { readonly leader: NodeId | null }
  readonly clock: Clock
  /** The table at the place where applying begins. */
  readonly table: TableState
  readonly electionTimeout: Millis
  /** How long a request may take until the cluster has accepted it, in ms. */
  readonly requestTimeout: Millis
  readonly incarnationOf: LeaderFacts['incarnationOf']
  readonly addressOf: LeaderFacts['addressOf']
  readonly admission: LeaderFacts['admission']
  readonly isReachable: LeaderFacts['isReachable']
  readonly lacksState: LeaderFacts['lacksState']
  readonly firstRequest: RequestId
  readonly wake: () => void
  /** The table has changed. */
  readonly changed: (table: TableState) => void
}

export class ClusterMembers {
  readonly newcomers: Newcomers = new Newcomers()
  readonly requests: ChangeRequests
  readonly #init: ClusterMembersInit
  readonly #changes: LeaderChanges
  #table: TableState

  constructor(init: ClusterMembersInit) {
    const {
      id,
      core,
      clock,
      electionTimeout,
      requestTimeout,
      incarnationOf,
      addressOf,
      admission,
      isReachable,
      lacksState,
      firstRequest,
      wake,
    } = init
    this.#init = init
    this.#table = init.table
    this.#changes = new LeaderChanges({
      id,
      core,
      electionTimeout,
      newcomers: this.newcomers,
      incarnationOf,
      addressOf,
      admission,
      isReachable,
      lacksState,
      firstRequest,
    })
    this.requests = new ChangeRequests({
      id,
      core,
      clock,
      timeout: requestTimeout,
      retryInterval: electionTimeout,
      wake,
    })
  }

  get table(): TableState {
    return this.#table
  }

  /** An entry is being applied. */
  applied(entry: Entry): void {
    if (entry.type === 'configuration') this.#become(tableAfter(this.#table, entry))
  }

  /**
   * An entry is passed over, as the state that it changes is not here. The table goes on, to say who the
   * members are. It lacks what is in the snapshot alone, and so answers no request.
   */
  passedOver(entry: Entry): void {
    if (entry.type !== 'configuration') return
    this.#table = tableAfter(this.#table, entry)
    this.#init.changed(this.#table)
  }

  /** A snapshot has replaced the state. */
  installed(table: TableState): void {
    this.#become(table)
  }

  /** Call after each turn. */
  look(): void {
    this.#changes.look(this.#table, this.#init.clock.now())
  }

  #become(table: TableState): void {
    this.newcomers.tableChanged(this.#table, table)
    this.#table = table
    this.requests.tableChanged(table)
    this.#init.changed(table)
  }
}

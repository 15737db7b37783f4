// What a replica knows of the members: the table that it has applied, a newer one that a peer has shown, and
// the one that the log of the cluster begins with.
import { type NodeId, staticVoters } from '@oarlock/core'
import type { MemberIdentity, PeerIdentities, Refusal, ShownMembership } from '../identity/index.ts'
import { ClusterMembers, type ClusterMembersInit } from './cluster-members.ts'
import { foundersTable, type TableState } from './member-table.ts'
import { type Peers, peersOf, shownOf } from './shown.ts'

export interface KnownMembersInit extends ClusterMembersInit {
  /** The table that the log of the cluster begins with. Empty: a newcomer does not know it yet. */
  readonly beginning: TableState
  readonly identities: () => Pick<PeerIdentities, 'founders'>
  /** The founders are known now, and the log begins with their configuration. */
  readonly learnFounders: (founders: readonly NodeId[]) => void
  /** Whom this member is to be connected to. */
  readonly peersChanged: (peers: Peers) => void
}

export class KnownMembers {
  readonly cluster: ClusterMembers
  readonly #init: KnownMembersInit
  /** The newest table that an accepted peer has shown. */
  #newest: ShownMembership | null = null
  #beginning: TableState
  #shownNow: { readonly of: TableState; readonly shown: ShownMembership } | null = null

  constructor(init: KnownMembersInit) {
    const { changed, peersChanged } = init
    this.#init = init
    this.#beginning = init.beginning
    this.cluster = new ClusterMembers({
      ...init,
      changed: (table) => {
        changed(table)
        peersChanged(peersOf(table, this.#newest))
      },
    })
  }

  get beginning(): TableState {
    return this.#beginning
  }

  /** What this member shows to its peers. */
  get shown(): ShownMembership {
    const { table } = this.cluster
    if (this.#shownNow?.of !== table)
      this.#shownNow = { of: table, shown: shownOf(table, this.#init.identities().founders) }
    return this.#shownNow.shown
  }

  /** Before the first turn, unless this member has known them since its start. */
  learnFounders(founders: readonly NodeId[]): void {
    if (this.#beginning.members.size > 0) return
    this.#init.learnFounders(founders)
    this.#beginning = foundersTable(staticVoters(founders))
    if (this.cluster.table.members.size === 0) this.cluster.installed(this.#beginning)
  }

  /** The whole log is to be applied. */
  begin(): void {
    this.cluster.installed(this.#beginning)
  }

  /** A peer was refused for this, or accepted (null). Returns whether it may be taken in. */
  judged(peer: MemberIdentity, refusal: Refusal | null): boolean {
    if (refusal?.reason !== 'unknown-member' && refusal?.reason !== 'other-incarnation') return false
    const { id, incarnation, kind, joins = null } = peer
    const newcomer = { incarnation, kind, joins, address: joins?.address ?? null }
    this.cluster.newcomers.came(id, newcomer, this.#init.clock.now())
    return true
  }

  /** An accepted peer has shown its table. */
  learnTable({ membership }: MemberIdentity): void {
    const { table } = this.cluster
    if (membership === undefined || membership.version <= Math.max(table.version, this.#newest?.version ?? 0))
      return
    this.#newest = membership
    this.#init.peersChanged(peersOf(table, membership))
  }
}

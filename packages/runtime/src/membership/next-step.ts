// What the leader does next about the members: it carries out the request that the cluster has accepted, and
// promotes newcomers that have caught up. It looks at the table and at what it sees now, and remembers no
// plan. So a new leader goes on where the last one stopped. Every change of the configuration is joint (§6).
import type { Configuration, MemberChange, MembershipChange, NodeId, RaftView } from '@oarlock/core'
import { type ChangeContext, noteOf } from './context.ts'
import type { TableState } from './member-table.ts'
import type { ChangeRefusal, ChangeRequest, MemberRecord } from './membership.ts'
import { type Admission, type HeardNewcomer, mayComeBack, type Newcomer } from './newcomers.ts'

export interface LeaderFacts {
  readonly id: NodeId
  readonly table: TableState
  readonly view: Pick<RaftView, 'now' | 'electionTimeout' | 'progress' | 'lastIndex'>
  /** Since when this node leads, by its clock. */
  readonly leadsSince: number
  /** A transfer was tried in this term, before the leader removes itself. */
  readonly triedTransfer: boolean
  readonly hasCaughtUp: (newcomer: NodeId) => boolean
  /** Whether the connection to a peer that was heard is still up. */
  readonly isReachable: (peer: NodeId) => boolean
  /** Whether a peer has told lately that it has no sound snapshot, and waits for one. */
  readonly lacksState: (peer: NodeId) => boolean
  /** Processes that came and are no members. */
  readonly newcomers: ReadonlyMap<NodeId, HeardNewcomer>
  /** What this member has durably recorded of a founder, or its own incarnation. Null: nothing. */
  readonly incarnationOf: (id: NodeId) => string | null
  /** Where this member dials a member that has no address in the table, or where its peers dial this one. */
  readonly addressOf: (id: NodeId) => string | null
  readonly admission: Admission
}

/** A change to propose, a transfer of leadership, or nothing. */
export type NextStep = MembershipChange | 'transfer' | null

export function nextStep(facts: LeaderFacts): NextStep {
  const { table, newcomers } = facts
  if (table.configuration.outgoing.length > 0) return null
  const { request } = table
  if (request !== null) return carryOut(facts, request.change, request.key)
  for (const [id, record] of table.members) {
    const newcomer = newcomers.get(id)
    if (record.since > 0 && record.incarnation === null && newcomer !== undefined)
      return noteOf(facts.id, bindingOf(id, record, newcomer))
    if (mayPromote(record, table.configuration, id) && facts.hasCaughtUp(id))
      return joint(facts, { kind: 'voter', id }, {})
  }
  return requestOfNewcomer(facts)
}

/** The process that has come is the member that was added. Its address may be known only now. */
const bindingOf = (id: NodeId, record: MemberRecord, { incarnation, address }: Newcomer): ChangeContext => ({
  bind: { [id]: incarnation },
  ...(record.address !== null || address === null ? {} : { addresses: { [id]: address } }),
})

/** Thesis §4.2.1: a newcomer votes when it has caught up, not sooner. */
export function mayPromote({ promote }: MemberRecord, { learners }: Configuration, id: NodeId): boolean {
  return promote && learners.includes(id)
}

function carryOut(facts: LeaderFacts, change: ChangeRequest, key: string): NextStep {
  const { id } = change
  const isMember = facts.table.members.has(id)
  switch (change.type) {
    case 'add':
      return takeIn(facts, key, id, {
        address: change.address ?? facts.newcomers.get(id)?.address ?? null,
        incarnation: change.incarnation,
        kind: change.as === 'witness' ? 'witness' : 'full',
        promote: change.as !== 'learner',
      })
    case 'remove':
      return giveUpVoter(facts, key, { kind: 'remove', id }, { completes: key })
    case 'demote':
      return giveUpVoter(facts, key, { kind: 'learner', id }, { completes: key })
    case 'replace':
      return isMember ? removeOld(facts, key, change) : takeInReplacement(facts, key, change)
    case 'move':
    case 'promote':
      return null
    default:
      return change satisfies never
  }
}

type Replace = Extract<ChangeRequest, { type: 'replace' }>

function removeOld(facts: LeaderFacts, key: string, { id, incarnation }: Replace): NextStep {
  if (incarnation === null && !facts.newcomers.has(id))
    return refuse(
      facts,
      key,
      'no-newcomer',
      `no process with another data directory has come as '${id}': start it first`,
    )
  return giveUpVoter(facts, key, { kind: 'remove', id }, {})
}

function takeInReplacement(facts: LeaderFacts, key: string, change: Replace): NextStep {
  const came = facts.newcomers.get(change.id)
  const old = facts.table.removed.get(change.id)?.incarnation
  const newcomer = came?.incarnation === old ? undefined : came
  const { record, isVoter } = facts.table.request!.before!
  return takeIn(facts, key, change.id, {
    address: change.address ?? newcomer?.address ?? record.address,
    incarnation: change.incarnation ?? newcomer?.incarnation ?? null,
    kind: newcomer?.kind ?? record.kind,
    promote: isVoter || record.promote,
  })
}

function takeIn(facts: LeaderFacts, key: string, id: NodeId, record: Omit<MemberRecord, 'since'>): NextStep {
  return joint(facts, { kind: 'learner', id }, { join: { [id]: record }, completes: key })
}

/**
 * A voter goes, or becomes a learner: not if too few would be left, and the leader itself hands over first.
 */
function giveUpVoter(
  facts: LeaderFacts,
  key: string,
  change: MemberChange,
  context: ChangeContext,
): NextStep {
  const { id, table, view, leadsSince, triedTransfer } = facts
  const { voters } = table.configuration
  if (voters.includes(change.id)) {
    const left = voters.filter((voter) => voter !== change.id)
    const up = left.filter((voter) => voter === id || isUp(facts, voter))
    if (!keepsMajority(up.length, left.length)) {
      // A new leader has not heard everybody yet.
      if (view.now - leadsSince < view.electionTimeout) return null
      return refuse(
        facts,
        key,
        'majority-lost',
        `without '${change.id}' there would be the voters ${left.join(', ')}, of which too few are up (${up.join(', ') || 'none'})`,
      )
    }
    if (!up.some((voter) => hasState(facts, voter))) {
      if (up.some((voter) => mayHaveState(facts, voter))) return null
      return refuse(
        facts,
        key,
        'majority-lost',
        `without '${change.id}' no voter that is up would have the state (${up.join(', ')}): wait until one has received a snapshot`,
      )
    }
    if (change.id === id && !triedTransfer) return 'transfer'
  }
  return joint(facts, change, context)
}

/** The voters that are left must be able to decide. */
export function keepsMajority(up: number, voters: number): boolean {
  return up * 2 > voters
}

function isUp({ view, isReachable }: LeaderFacts, voter: NodeId): boolean {
  return isReachable(voter) && view.now - answeredAt(view, voter) <= view.electionTimeout
}

const answeredAt = ({ progress }: LeaderFacts['view'], id: NodeId): number =>
  progress.get(id)?.answeredSentAt ?? Number.NEGATIVE_INFINITY

/**
 * Whether the member of this name has ended, and the newcomer has not. The member had the time to answer since the
 * newcomer was heard. What a process has sent may arrive after it has ended, but then it does not come again.
 */
function hasTakenItsPlace(facts: LeaderFacts, id: NodeId, { firstHeard, lastHeard }: HeardNewcomer): boolean {
  const { view, leadsSince } = facts
  if (isUp(facts, id) || lastHeard < Math.max(leadsSince, answeredAt(view, id))) return false
  return view.now - Math.max(leadsSince, firstHeard) > view.electionTimeout
}

/** In election timeouts: by then a member without state has told a new leader, even if a message was lost. */
const TELLS_WITHIN = 3

/**
 * A member that has lost its snapshots votes and acknowledges, and cannot serve until it has received one.
 * Until then its priority is 0, as that of others may be.
 */
function hasState(facts: LeaderFacts, voter: NodeId): boolean {
  const { id, view, leadsSince } = facts
  if (!mayHaveState(facts, voter)) return false
  if (voter === id) return true
  return view.progress.get(voter)!.priority > 0 || view.now - leadsSince > TELLS_WITHIN * view.electionTimeout
}

const mayHaveState = ({ table, lacksState }: LeaderFacts, voter: NodeId): boolean =>
  table.members.get(voter)?.kind !== 'witness' && !lacksState(voter)

function refuse({ id }: LeaderFacts, key: string, refusal: ChangeRefusal, detail: string): MembershipChange {
  return noteOf(id, { refuse: { key, refusal, detail } })
}

/** With each change, what is known of the founders becomes part of the table. */
function joint(
  { table, incarnationOf, addressOf }: LeaderFacts,
  change: MemberChange,
  context: ChangeContext,
): NextStep {
  const bind: Record<NodeId, string> = {}
  const addresses: Record<NodeId, string> = {}
  for (const [id, { since, incarnation, address }] of table.members) {
    if (since > 0) continue
    const known = incarnation === null ? incarnationOf(id) : null
    if (known !== null) bind[id] = known
    const dialled = address === null ? addressOf(id) : null
    if (dialled !== null) addresses[id] = dialled
  }
  return {
    transition: 'implicit',
    changes: [change],
    context: {
      ...context,
      ...(Object.keys(bind).length === 0 ? {} : { bind }),
      ...(Object.keys(addresses).length === 0 ? {} : { addresses }),
    },
  }
}

/**
 * A process that was started to join, or to replace its old self, needs no operator. It replaces no process
 * that is up: then two processes have one name.
 */
function requestOfNewcomer(facts: LeaderFacts): NextStep {
  const { id: self, table, newcomers, view, admission } = facts
  if (admission === 'operator') return null
  for (const [id, newcomer] of newcomers) {
    const { joins, incarnation, address, kind } = newcomer
    if (joins === null || !mayComeBack(table, id, incarnation)) continue
    const isMember = table.members.has(id)
    if (isMember && (!joins.replaces || !hasTakenItsPlace(facts, id, newcomer))) continue
    const change: ChangeRequest = isMember
      ? { type: 'replace', id, address, incarnation }
      : { type: 'add', id, address, as: kind === 'witness' ? 'witness' : joins.as, incarnation }
    const key = `${id} ${incarnation} ${view.lastIndex}`
    return noteOf(self, { request: { key, expected: null, change } })
  }
  return null
}

// The table of members. It changes only when a configuration entry is applied, so it is the same on every
// member at the same index. It is part of every snapshot.
import {
  type Configuration,
  changed,
  decodeChange,
  type Entry,
  type Index,
  index,
  membersOf,
  type NodeId,
} from '@oarlock/core'
import { type ChangeContext, contextOf } from './context.ts'
import { judge } from './judge-request.ts'
import type { AcceptedRequest, MemberRecord, RemovedMember, RequestOutcome } from './membership.ts'

/** So many removed members and outcomes of requests are remembered. */
const mostRemembered = 64

/** The content of the table. Never changed in place. */
export interface TableState {
  readonly configuration: Configuration
  /** The index of the last change of the configuration or of a record; 0: as founded. */
  readonly version: Index
  readonly members: ReadonlyMap<NodeId, MemberRecord>
  /** Later ones last. */
  readonly removed: ReadonlyMap<NodeId, RemovedMember>
  readonly request: AcceptedRequest | null
  /** Of the last requests. A request that comes again must not be carried out again. */
  readonly outcomes: readonly RequestOutcome[]
}

/** Also of a member that came without a record: by a change that the runtime did not make. */
const founderRecord: MemberRecord = {
  address: null,
  incarnation: null,
  kind: 'full',
  since: index(0),
  promote: false,
}

/** The table that the log of a cluster begins with. */
export function foundersTable(configuration: Configuration): TableState {
  return {
    configuration,
    version: index(0),
    members: new Map(membersOf(configuration).map((id) => [id, founderRecord])),
    removed: new Map(),
    request: null,
    outcomes: [],
  }
}

/** The table after a configuration entry. Throws MembershipError if the entry cannot be applied to it. */
export function tableAfter(
  table: TableState,
  { index: at, data }: Pick<Entry, 'index' | 'data'>,
): TableState {
  const change = decodeChange(data)
  const context = contextOf(change)
  const configuration = changed(table.configuration, change)
  const { transition, changes } = change
  const isNote = transition === 'auto' && changes.length === 1 && changes[0]!.kind === 'update'
  let after = withBindings(table, context, at)
  if (!isNote) after = withConfiguration(after, configuration, context, at)
  if (context.recovered === true) after = { ...after, request: null }
  if (context.request !== undefined) after = withRequest(after, context.request, at)
  const { refuse, completes } = context
  if (refuse !== undefined && after.request?.key === refuse.key) after = ended(after, refuse)
  if (completes !== undefined && after.request?.key === completes)
    after = ended(after, { key: completes, refusal: null, detail: '' })
  return after
}

function withConfiguration(
  table: TableState,
  configuration: Configuration,
  { join = {} }: ChangeContext,
  at: Index,
): TableState {
  // A voter that becomes a learner when the joint configuration is left is a member throughout.
  const ids = new Set([...membersOf(configuration), ...configuration.learnersNext])
  const members = new Map<NodeId, MemberRecord>()
  for (const id of [...ids].sort()) {
    const joining = join[id]
    const before = table.members.get(id) ?? founderRecord
    const record = joining === undefined ? before : { ...joining, since: at }
    const isVoter = configuration.voters.includes(id)
    members.set(id, isVoter && record.promote ? { ...record, promote: false } : record)
  }
  const removed = new Map(table.removed)
  for (const [id, { incarnation, since }] of table.members) {
    if (ids.has(id)) continue
    removed.delete(id)
    // No process has come for a member that was added and has no incarnation: there is nobody to refuse.
    if (incarnation !== null || since === 0) removed.set(id, { incarnation, at })
  }
  while (removed.size > mostRemembered) removed.delete(removed.keys().next().value!)
  return { ...table, configuration, version: at, members, removed }
}

function withBindings(
  table: TableState,
  { bind = {}, addresses = {} }: ChangeContext,
  at: Index,
): TableState {
  let after = table
  for (const [id, incarnation] of Object.entries(bind)) {
    const record = after.members.get(id)
    if (record?.incarnation === null) after = withRecord(after, id, { ...record, incarnation }, at)
  }
  for (const [id, address] of Object.entries(addresses)) {
    const record = after.members.get(id)
    if (record?.address === null) after = withRecord(after, id, { ...record, address }, at)
  }
  return after
}

function withRecord(table: TableState, id: NodeId, record: MemberRecord, at: Index): TableState {
  return { ...table, version: at, members: new Map(table.members).set(id, record) }
}

function withRequest(
  table: TableState,
  { key, change, expected }: NonNullable<ChangeContext['request']>,
  at: Index,
): TableState {
  if (table.request?.key === key || table.outcomes.some((outcome) => outcome.key === key)) return table
  const record = table.members.get(change.id)
  const { configuration, version, request: pending } = table
  const refused = judge({ configuration, record, version, pending }, change, expected)
  if (refused !== null) return ended(table, { key, ...refused })
  const done = { key, refusal: null, detail: '' }
  if (change.type === 'move')
    return ended(withRecord(table, change.id, { ...record!, address: change.address }, at), done)
  if (change.type === 'promote')
    return ended(withRecord(table, change.id, { ...record!, promote: true }, at), done)
  const isVoter = configuration.voters.includes(change.id)
  const before = change.type === 'replace' ? { record: record!, isVoter } : null
  return { ...table, request: { key, at, change, before } }
}

function ended(table: TableState, outcome: RequestOutcome): TableState {
  const request = table.request?.key === outcome.key ? null : table.request
  return { ...table, request, outcomes: [...table.outcomes, outcome].slice(-mostRemembered) }
}

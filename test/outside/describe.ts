// etcd/raft's text forms of a Ready, a message, an entry and a node, as case files show them.
import type {
  Configuration,
  Entry,
  HardState,
  NodeId,
  ProgressView,
  RaftView,
  Role,
  SnapshotMeta,
} from '@oarlock/core'
import { describeChange } from './member-changes.ts'
import { appendThread, applyThread, type WireMessage } from './wire.ts'

export interface Ready {
  /** Null if role and leader are as last shown. */
  readonly soft: { readonly role: Role; readonly leader: NodeId | null } | null
  readonly hardState: HardState | null
  readonly entries: readonly Entry[]
  readonly snapshot: SnapshotMeta | null
  readonly committed: readonly Entry[]
  readonly messages: readonly WireMessage[]
  readonly mustSync: boolean
}

const roleNames: Record<Role, string> = {
  follower: 'StateFollower',
  preCandidate: 'StatePreCandidate',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
}
const progressNames: Record<ProgressView['state'], string> = {
  probe: 'StateProbe',
  replicate: 'StateReplicate',
  snapshot: 'StateSnapshot',
}

const decoder = new TextDecoder()

/** In the cases, nodes have numbers for names and are shown in their order. */
export const numerically = (ids: readonly NodeId[]): readonly NodeId[] =>
  [...ids].sort((a, b) => Number(a) - Number(b))

const describeTarget = (id: string): string =>
  id === appendThread || id === applyThread ? id : Number(id).toString(16)

export function describeEntry({ term, index, type, data }: Entry): string {
  if (type === 'configuration') return `${term}/${index} ${describeChange(data)}`
  return `${term}/${index} EntryNormal ${JSON.stringify(decoder.decode(data))}`
}

function describeConfiguration(configuration: Configuration): string {
  const { voters, outgoing, learners, learnersNext, autoLeave } = configuration
  const list = (ids: readonly NodeId[]): string => `[${numerically(ids).join(' ')}]`
  return `Voters:${list(voters)} VotersOutgoing:${list(outgoing)} Learners:${list(learners)} LearnersNext:${list(learnersNext)} AutoLeave:${autoLeave}`
}

const describeSnapshot = ({ index, term, configuration }: SnapshotMeta): string =>
  `Index:${index} Term:${term} ConfState:${describeConfiguration(configuration)}`

export function describeMessage(message: WireMessage, indent = ''): string {
  const { from, to, type, entries, snapshot, responses } = message
  let text = `${indent}${describeTarget(from)}->${describeTarget(to)} ${type} Term:${message.term} Log:${message.logTerm}/${message.index}`
  if (message.rejected) text += ` Rejected (Hint: ${message.hint})`
  if (message.commit !== 0) text += ` Commit:${message.commit}`
  if (message.vote !== null) text += ` Vote:${message.vote}`
  if (entries.length === 1) text += ` Entries:[${describeEntry(entries[0]!)}]`
  else if (entries.length > 1)
    text += ` Entries:[${entries.map((entry) => `\n${indent}  ${describeEntry(entry)}`).join('')}\n${indent}]`
  if (snapshot !== null) text += `\n${indent}  Snapshot: ${describeSnapshot(snapshot)}`
  if (responses.length > 0) {
    const lines = responses.map((response) => describeMessage(response, `${indent}  `))
    text += ` Responses:[\n${lines.join('\n')}\n${indent}]`
  }
  return text
}

const describeHardState = ({ term, vote, commit }: HardState): string =>
  `HardState Term:${term}${vote === null ? '' : ` Vote:${vote}`} Commit:${commit}`

export function describeReady(ready: Ready): string {
  const lines: string[] = []
  const { soft, hardState, entries, snapshot, committed, messages } = ready
  if (soft !== null) lines.push(`Lead:${soft.leader ?? 0} State:${roleNames[soft.role]}`)
  if (hardState !== null) lines.push(describeHardState(hardState))
  if (entries.length > 0) lines.push('Entries:', ...entries.map(describeEntry))
  if (snapshot !== null) lines.push(`Snapshot ${describeSnapshot(snapshot)}`)
  if (committed.length > 0) lines.push('CommittedEntries:', ...committed.map(describeEntry))
  if (messages.length > 0) lines.push('Messages:', ...messages.map((message) => describeMessage(message)))
  if (lines.length === 0) return '<empty Ready>'
  return [`Ready MustSync=${ready.mustSync}:`, ...lines].join('\n')
}

export function describeProgress(id: NodeId, progress: ProgressView): string {
  let text = `${id}: ${progressNames[progress.state]} match=${progress.match} next=${progress.next}`
  if (progress.learner) text += ' learner'
  if (progress.paused) text += ' paused'
  if (progress.pendingSnapshot > 0) text += ` pendingSnap=${progress.pendingSnapshot}`
  if (!progress.recentActive) text += ' inactive'
  if (progress.inflight > 0) text += ` inflight=${progress.inflight}${progress.inflightFull ? '[full]' : ''}`
  return text
}

export function describeState({ id, role, term, leader, configuration }: RaftView): string {
  const voter = configuration.voters.includes(id) || configuration.outgoing.includes(id)
  return `${id}: ${roleNames[role]} (${voter ? 'Voter' : 'Non-Voter'}) Term:${term} Lead:${leader ?? 0}`
}

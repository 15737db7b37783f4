// What survives a crash, as one JSON-safe document in the shape of raftq's: `term`, `votedFor` and `data` are for people and old
// tools, `oarlock` holds what counts.
import { type Entry, emptyHardState, type HardState, type SnapshotMeta, type Term } from '@oarlock/core'
import { type Identity, nameOf } from './identity.ts'
import type { RaftNode, RaftPersistentData } from './types.ts'
import {
  asCount,
  asList,
  asObject,
  asText,
  DamagedError,
  decodeConfiguration,
  decodeEntry,
  encodeEntry,
  type Json,
} from './wire-message.ts'

const version = 1

/** What a node has of its cluster's log. */
export interface LogState {
  readonly hardState: HardState
  readonly snapshot: SnapshotMeta | null
  /** The machine's state at the snapshot. */
  readonly state: Json
  readonly entries: readonly Entry[]
}

export const emptyLog: LogState = { hardState: emptyHardState, snapshot: null, state: null, entries: [] }

export interface NodeState {
  /** Minted with the document: names the proposer of writes, and whoever lost its document is another one. */
  readonly incarnation: string
  /** Counts this node's starts. */
  readonly start: number
  readonly identity: Identity | null
  /** Clusters that this node saw give themselves up. */
  readonly dissolved: readonly string[]
  readonly nodes: readonly RaftNode[]
  readonly log: LogState
}

export function writeDocument(node: NodeState, data: Json): RaftPersistentData {
  const { log, identity, ...rest } = node
  const { term, vote, commit } = log.hardState
  return {
    term,
    votedFor: vote === null ? null : nameOf(vote),
    data,
    oarlock: {
      version,
      ...rest,
      identity,
      vote,
      commit,
      snapshot: log.snapshot,
      state: log.state,
      entries: log.entries.map(encodeEntry),
    },
  }
}

/** Null: there is nothing of ours. Throws DamagedError for what is damaged: to go on without it could be to vote twice. */
export function readDocument(document: unknown): NodeState | null {
  if (document === null || document === undefined) return null
  const { term, oarlock } = asObject(document, 'a persisted document')
  if (oarlock === undefined) return null
  const given = asObject(oarlock, 'the part of Oarlock')
  if (given.version !== version) throw new DamagedError(`a document of version ${version} expected`)
  return {
    incarnation: asText(given.incarnation, 'an incarnation'),
    start: asCount(given.start, 'a count of starts'),
    identity: given.identity === null ? null : asIdentity(given.identity),
    dissolved: asList(given.dissolved, 'clusters').map((each) => asText(each, 'a cluster id')),
    nodes: asList(given.nodes, 'nodes') as readonly RaftNode[],
    log: {
      hardState: {
        term: asCount(term, 'a term') as Term,
        vote: given.vote === null ? null : asText(given.vote, 'a vote'),
        commit: asCount(given.commit, 'a commit index') as HardState['commit'],
      },
      snapshot: given.snapshot === null ? null : asSnapshot(given.snapshot),
      state: given.state as Json,
      entries: asList(given.entries, 'entries').map(decodeEntry),
    },
  }
}

function asIdentity(json: unknown): Identity {
  const { cluster, self } = asObject(json, 'an identity')
  const { id, founders, byMembers } = asObject(cluster, 'a cluster')
  return {
    self: asText(self, 'a node id'),
    cluster: {
      id: asText(id, 'a cluster id'),
      founders: asList(founders, 'founders').map((each) => asText(each, 'a founder')),
      byMembers: byMembers === true,
    },
  }
}

function asSnapshot(json: unknown): SnapshotMeta {
  const { term, index, configuration } = asObject(json, 'a snapshot')
  return {
    term: asCount(term, 'a term') as Term,
    index: asCount(index, 'an index') as SnapshotMeta['index'],
    configuration: decodeConfiguration(configuration),
  }
}

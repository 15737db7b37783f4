// The state that survives a crash, as one JSON document in raftq's shape. `oarlock` is restored. `term`,
// `votedFor` and `data` are for people and for older tools; of these only `term` is restored.
import { type Entry, emptyHardState, type HardState, type NodeId, type SnapshotMeta } from '@oarlock/core'
import {
  anything,
  count,
  flag,
  type Json,
  list,
  number,
  object,
  only,
  optional,
  orNull,
  type Shape,
  text,
} from '../json/index.ts'
import {
  type Cluster,
  encodeEntry,
  entries,
  index,
  node,
  type RaftNode,
  snapshotMeta,
  term,
} from '../wire/index.ts'
import { type Identity, nameOf } from './identity.ts'
import type { RaftPersistentData } from './persist-agent.ts'

const version = 1

/** A node's hard state and log in its cluster. */
export interface LogState {
  readonly hardState: HardState
  readonly snapshot: SnapshotMeta | null
  /** The state of the value machine at the snapshot. */
  readonly state: Json
  readonly entries: readonly Entry[]
}

export const emptyLog: LogState = { hardState: emptyHardState, snapshot: null, state: null, entries: [] }

export interface NodeState {
  /**
   * Minted with the document. It names the proposer of writes, so a node that lost its document is a new
   * proposer.
   */
  readonly incarnation: string
  /** The number of this start. */
  readonly start: number
  readonly identity: Identity | null
  /** Dissolved clusters that this node has heard of. */
  readonly dissolved: readonly string[]
  readonly nodes: readonly RaftNode[]
  /**
   * The value from a document of raftq itself, for a cluster that this node bootstraps. Null: none, or not
   * needed.
   */
  readonly legacy: { readonly data: Json } | null
  readonly log: LogState
}

export function writeDocument(node: NodeState, data: Json): RaftPersistentData {
  const { log, ...rest } = node
  const { term, vote, commit, promise } = log.hardState
  return {
    term,
    votedFor: vote === null ? null : nameOf(vote),
    data,
    oarlock: {
      version,
      ...rest,
      vote,
      commit,
      promise,
      snapshot: log.snapshot,
      state: log.state,
      entries: log.entries.map(encodeEntry),
    },
  }
}

interface Written extends Omit<NodeState, 'log'>, Omit<LogState, 'hardState'> {
  readonly version: number
  readonly vote: NodeId | null
  readonly commit: HardState['commit']
  readonly promise: HardState['promise'] | undefined
}

const written: Shape<Written> = object<Written>({
  version: only(version),
  incarnation: text,
  start: count,
  identity: orNull(
    object<Identity>({
      self: text,
      cluster: object<Cluster>({ id: text, founders: list(text), byMembers: flag }),
    }),
  ),
  dissolved: list(text),
  nodes: list(node),
  legacy: orNull(object({ data: anything })),
  vote: orNull(text),
  commit: index,
  promise: optional(number),
  snapshot: orNull(snapshotMeta),
  state: anything,
  entries,
})

/** Null if there is no document of Oarlock. Throws DamagedError for a damaged one. */
export function readDocument(document: unknown): NodeState | null {
  if (document === null || document === undefined) return null
  const of = object({ oarlock: optional(anything) })(document, 'document')
  if (of.oarlock === undefined) return null
  const {
    vote,
    commit,
    promise = 0,
    snapshot,
    state,
    entries,
    version: _,
    ...rest
  } = written(of.oarlock, 'oarlock')
  const hardState = { ...object({ term })(document, 'document'), vote, commit, promise }
  return { ...rest, log: { hardState, snapshot, state, entries } }
}

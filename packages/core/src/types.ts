// The terms of the paper as types (Raft paper §5, figure 2). Terms and indexes are branded safe integers.

declare const brand: unique symbol

/** A period with at most one leader, counted from 1; 0 before the first. Never reused. */
export type Term = number & { readonly [brand]: 'Term' }
/** A position in the log, counted from 1; 0 is the empty log. */
export type Index = number & { readonly [brand]: 'Index' }
/** A node's name, unique in its cluster. */
export type NodeId = string
/** Milliseconds of a monotonic clock. Only differences mean anything. */
export type Millis = number
/** The number that a proposer gives its proposal or read. The outcome brings it back. */
export type RequestId = number

export const term = (value: number): Term => value as Term
export const index = (value: number): Index => value as Index

/**
 * `normal` entries carry commands (empty data: a leader's no-op); `configuration` entries carry a membership.
 */
export type EntryType = 'normal' | 'configuration'

/** A proposed entry. The leader gives it a term and an index. */
export interface Payload {
  readonly type: EntryType
  readonly data: Uint8Array
}

export interface Entry extends Payload {
  readonly term: Term
  readonly index: Index
}

/** A place in a log: two logs with the same entry at it agree up to it (log matching, §5.3). */
export interface EntryId {
  readonly term: Term
  readonly index: Index
}

/**
 * What must survive a crash besides the log (figure 2, persistent state). `commit` is kept to restart sooner.
 */
export interface HardState {
  readonly term: Term
  readonly vote: NodeId | null
  readonly commit: Index
  /** The length of the longest promise that may still bind this node: see election/promise.ts. */
  readonly promise: Millis
}

/** The members. `outgoing` is empty except in a joint configuration (§6; thesis §4.3). */
export interface Configuration {
  readonly voters: readonly NodeId[]
  readonly outgoing: readonly NodeId[]
  readonly learners: readonly NodeId[]
  readonly learnersNext: readonly NodeId[]
  readonly autoLeave: boolean
}

/** What a snapshot replaces: the log up to `index`, and the membership there (§7). */
export interface SnapshotMeta {
  readonly index: Index
  readonly term: Term
  readonly configuration: Configuration
}

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader'

/** What a node finds on its disk at its start. */
export interface RestoredState {
  readonly hardState: HardState
  /** The membership as of `applied` (the snapshot's, or the static one of a new cluster). */
  readonly configuration: Configuration
  /** The state machine holds everything up to here already. `apply` effects start after it. */
  readonly applied: Index
}

export const emptyHardState: HardState = { term: term(0), vote: null, commit: index(0), promise: 0 }

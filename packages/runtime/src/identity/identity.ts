// Who a member is: a name plus an incarnation, and the configuration that it was started with. Members show
// it to each other on every new connection, before any message.
import type { Index, Millis, NodeId } from '@oarlock/core'
import type { Joins, ShownMembership } from './shown-membership.ts'

/**
 * How often a member was started on its data directory, with a random token for each start. A directory that
 * was restored from a copy lacks tokens that the peers have seen.
 */
export interface Starts {
  readonly count: number
  /** The tokens of the last starts, hexadecimal, the present one last. Older ones are forgotten. */
  readonly recent: readonly string[]
}

/**
 * Of a cluster. A recovery after the loss of a majority begins a new one, and so does a backup that is
 * restored.
 */
export interface Generation {
  /** How often the cluster was recovered or restored. */
  readonly number: number
  /** Random, as two survivors may both be recovered; or the backup's. Empty in the first generation. */
  readonly id: string
}

export interface MemberIdentity {
  readonly id: NodeId
  readonly cluster: string
  /** Random, minted with the data directory, hexadecimal. A member whose disk was wiped has another one. */
  readonly incarnation: string
  readonly starts: Starts
  /** The ids of the members that found the cluster, sorted. Empty: a newcomer does not know them yet. */
  readonly founders: readonly NodeId[]
  readonly purpose: 'replication' | 'election'
  readonly kind: 'full' | 'witness'
  /** It may differ from member to member. The peers only warn of great differences. */
  readonly electionTimeout: Millis
  /** Null: none yet, as it has not taken part. Undefined: the first one. */
  readonly generation?: Generation | null
  /** The members as this one knows them now. Undefined: as founded. */
  readonly membership?: ShownMembership
  /** It was started to become a member. */
  readonly joins?: Joins
}

/** What a member has recorded of a peer that it accepted. */
export interface KnownPeer {
  readonly incarnation: string
  /**
   * Where the cluster says that it is. Undefined: the cluster does not know, or did not when it was recorded.
   */
  readonly address?: string
  /** The number and the token of the last start that it accepted. */
  readonly start: number
  readonly token: string
}

/** What a member records of its peers, durably. */
export interface PeerRecord {
  /** Every founder was heard (`founding: 'all'`), or a majority: the member takes part in elections. */
  readonly founded: boolean
  /** The generation of the cluster that the member belongs to. Undefined: the first one, or none yet. */
  readonly generation?: Generation
  readonly peers: ReadonlyMap<NodeId, KnownPeer>
  /**
   * A member that was taken in later does not vote before it has committed the log up to here. Undefined: 0.
   */
  readonly votesFrom?: Index
  /** Of a member that joined: the founders, which it has learned. The log begins with their configuration. */
  readonly founders?: readonly NodeId[]
}

/** What a log store knows of its member. */
export interface StoredIdentity {
  readonly incarnation: string
  /** This start is the last one in it. */
  readonly starts: Starts
  readonly record: PeerRecord
  /** Of a founder: the founders, as it was started with them. Undefined: of a newcomer, or not known. */
  readonly founders?: readonly NodeId[]
}

/** Why a member refuses another one. */
export type RefusalReason =
  /** It speaks another version of the protocol. */
  | 'wrong-version'
  /** One of the two speaks TLS. */
  | 'wrong-tls'
  /** Its TLS certificate is not accepted here. */
  | 'wrong-certificate'
  /** It does not know the shared secret, or one of the two has none. */
  | 'wrong-secret'
  | 'wrong-cluster'
  /** It wants to talk to another member than the one that listens here. */
  | 'wrong-member'
  /** It is no member, or not yet. */
  | 'unknown-member'
  /** It was a member, and was removed or replaced. */
  | 'removed-member'
  /** It has the id of the member that it talks to. */
  | 'duplicate-id'
  /** It was started with other members. */
  | 'other-founders'
  | 'other-purpose'
  /**
   * It belongs to another generation of the cluster: one of the two was recovered or restored without the
   * other.
   */
  | 'other-generation'
  /** It has the name of a known member, and another data directory. */
  | 'other-incarnation'
  /** Its data directory is older than what was seen of it: a restored copy, or a second process on a copy. */
  | 'older-copy'
  /** Another process of the same member still speaks: it runs on a copy of the data directory. */
  | 'second-process'

export interface Refusal {
  readonly reason: RefusalReason
  /** One or more sentences for people: what differs, and what to do. They name both members. */
  readonly detail: string
}

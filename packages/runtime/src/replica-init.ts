// What a replica needs, and whom it tells.
import type {
  Millis,
  NodeId,
  ProposalOutcome,
  Raft,
  ReadOutcome,
  RoleChange,
  SnapshotMeta,
  Term,
} from '@oarlock/core'
import type { ApplyCommand, EncodeResult } from './applying/index.ts'
import type { FlowLimits } from './flow/index.ts'
import type { MemberIdentity, PeerIdentitiesInit, Refusal } from './identity/index.ts'
import type { Leadership } from './leadership/index.ts'
import type { Admission, Peers, TableState } from './membership/index.ts'
import type { ElectionReason } from './meters/index.ts'
import type { Clock, EventLoop, LogWriter, StoreMachine, Transport } from './ports/index.ts'
import type { ProposalsInit } from './proposals/index.ts'
import type { SnapshotSetting } from './snapshots/index.ts'

export interface ReplicaListener {
  role(change: RoleChange): void
  leadershipBegan(leadership: Leadership): void
  leadershipEnded(leadership: Leadership): void
  electionBegan?(reason: ElectionReason, term: Term): void
  /** The outcome of any request to the core, not only of this replica's proposals. */
  outcome(outcome: ProposalOutcome): void
  read(outcome: ReadOutcome): void
  /** This snapshot is durable in the log: it is to replace the state machine's state. */
  install(snapshot: SnapshotMeta): void
  /** A peer was refused for what it is, or accepted (null). */
  judged(peer: MemberIdentity, refusal: Refusal | null): void
  /** A peer refuses this member. */
  refused(by: NodeId, refusal: Refusal): void
  /** The cluster is founded, as far as this member knows: from now on it takes part. */
  founded(): void
  /** A seed has answered this member, which joins. */
  discovered?(seed: MemberIdentity, addresses: Readonly<Record<NodeId, string>>): void
  /** Whom this replica is to be connected to, with their addresses if the cluster knows them. */
  peersChanged(peers: Peers): void
  /** The table of members is another one. */
  membersChanged?(table: TableState): void
  /** The store of a peer has sent this. */
  storeMessage?(from: NodeId, bytes: Uint8Array): void
  /** A turn ends, in which no snapshot is being restored. */
  turnEnded?(): void
  /** A peer offers a snapshot, without which this replica cannot catch up, and it takes none. */
  offeredInVain?(by: NodeId): void
  /** The replica has stopped, because it is not safe to go on, or because it was removed. */
  failed(cause: unknown): void
}

export interface ReplicaIdentity
  extends Pick<
    PeerIdentitiesInit,
    'own' | 'stored' | 'rule' | 'isNewcomer' | 'address' | 'hasTakenPart' | 'write'
  > {}

export interface ReplicaInit<Result>
  extends Pick<ProposalsInit, 'origin' | 'firstRequest' | 'timeout' | 'sweepInterval' | 'maxRequestBytes'> {
  readonly id: NodeId
  readonly raft: Raft
  readonly log: LogWriter
  readonly transport: Pick<Transport, 'send' | 'links'>
  readonly clock: Clock
  readonly eventLoop: EventLoop
  readonly applyCommand: ApplyCommand<Result>
  /** Encodes a result for the table of sessions. */
  readonly encodeResult: EncodeResult<Result>
  /** The store beside the application's machine. Not used by a witness. */
  readonly store?: Pick<StoreMachine, 'apply' | 'section'>
  /** How long a read may take before it fails, in ms. */
  readonly readTimeout: Millis
  /** Who this member is, and which peers it knows. */
  readonly identity: ReplicaIdentity
  /** The table of members at the place where applying begins. */
  readonly members: TableState
  /** The table that the log of the cluster begins with. Default: `members`. */
  readonly membersAtBeginning?: TableState
  /**
   * Called before a member that joins takes its first turn: the log begins with the configuration of these.
   */
  readonly learnFounders?: (founders: readonly NodeId[]) => void
  /** As LeaderFacts.addressOf. Default: no address is known. */
  readonly addressOf?: (id: NodeId) => string | null
  /** Default 'open'. */
  readonly admission?: Admission
  /** Of this member, in ms. */
  readonly electionTimeout: Millis
  /** The bytes of entries in flight to each peer. */
  readonly flow: FlowLimits
  /** Without it nothing is ever compacted. */
  readonly snapshots?: SnapshotSetting
  /** See LeadershipTracker. */
  readonly newController?: () => AbortController
  /** See MemberSettings. */
  readonly leadershipMayHaveChanged?: () => void
  readonly listener: ReplicaListener
}

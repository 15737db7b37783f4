// @oarlock/runtime: the loop around the core, with its ports. It uses no Node API.

export { checkedRandom, guardedLogger, loggerRule } from './callbacks/index.ts'
export {
  causeOf,
  Leaderless,
  type LeaderState,
  type PeerStatus,
  sentence,
} from './diagnosis/index.ts'
export {
  Driver,
  type DriverInit,
  type DriverListener,
  type EnvelopeSender,
  logWriterOf,
  peerWriterOf,
} from './driver/index.ts'
export {
  type AbortOptions,
  type Election,
  type ElectionState,
  type ElectionStatus,
  happensBefore,
  RunningElection,
  type RunningElectionInit,
  type TaskContext,
} from './election/index.ts'
export * from './errors.ts'
export type { FlowLimits } from './flow/index.ts'
export {
  type Health,
  type HealthReason,
  type HealthReasonKind,
  healthOf,
  takesNoPart,
  wantsRestart,
} from './health/index.ts'
export {
  enoughAreHeard,
  type FoundingRule,
  type Generation,
  generationStep,
  hasSeenItsOwnStart,
  isKnownIncarnation,
  type Joins,
  type KnownPeer,
  type MemberIdentity,
  PeerIdentities,
  type PeerIdentitiesInit,
  type PeerRecord,
  printable,
  type Refusal,
  type RefusalReason,
  refusalOf,
  refusalOfNewcomer,
  type ShownMember,
  type ShownMembership,
  type Starts,
  type StoredIdentity,
} from './identity/index.ts'
export {
  type Fence,
  interruptible,
  Latest,
  type LeaderInfo,
  type Leadership,
  type LeadershipSource,
  LeadershipTracker,
  LeaseLeadership,
  sameLeader,
} from './leadership/index.ts'
export type { Member, MemberPeerStatus, MemberStatus, ProposeOptions, ReadOptions } from './member.ts'
export type { Session, SessionOptions } from './member-sessions.ts'
export type { MemberSettings } from './member-settings.ts'
export type { SnapshotInfo } from './member-snapshots.ts'
export {
  type Admission,
  type ChangeCompletion,
  type ChangeRequest,
  ClusterMembers,
  decodeTable,
  encodeTable,
  foundersTable,
  type Peers,
  type TableState,
  tableAfter,
} from './membership/index.ts'
export type {
  ClusterMember,
  MemberProgress,
  Membership,
  MembershipRequest,
  ReconfigureOptions,
} from './membership-calls.ts'
export { durationBounds, Histogram } from './meters/index.ts'
export * from './metrics/index.ts'
export {
  abortSignal,
  callback,
  checkAbortOptions,
  checkOptions,
  complaintAbout,
  confidential,
  duration,
  flag,
  group,
  isText,
  listOf,
  mustBe,
  needed,
  number,
  oneOf,
  type Rule,
  recordOf,
  type Schema,
  shown,
  text,
  wait,
  withMethods,
  withSynchronousMethods,
} from './options/index.ts'
export * from './ports/index.ts'
export {
  bytesOf,
  type Completion,
  commandHeaderBytes,
  encodeCommands,
  kindOf,
  newFirstRequest,
  newOrigin,
  plainCommand,
  sessionClosing,
  sessionCommand,
  sessionOpening,
  storeCommand,
  storeSessionCommand,
  timeOf,
} from './proposals/index.ts'
export {
  type Consistency,
  NotReadableError,
  QueryError,
  ReadAbortedError,
  type ReadCompletion,
  ReadTimeoutError,
} from './reads/index.ts'
export { Replica } from './replica.ts'
export type { ReplicaIdentity, ReplicaInit, ReplicaListener } from './replica-init.ts'
export { restoredFrom } from './restored.ts'
export { RunningMember, type RunningMemberInit } from './running-member.ts'
export {
  type Answer,
  decodeNumber,
  decodeSessionCommand,
  type EncodedResult,
  encodeNumber,
  encodeSessionCommand,
  NoSessionError,
  OwnSession,
  ReplicaSession,
  ResultLostError,
  type SessionCommandKind,
  SessionExpiredError,
  type SessionOutcome,
  type SessionPlace,
  type SessionProposals,
  sessionPlaceBytes,
} from './sessions/index.ts'
export type {
  SnapshotListener,
  SnapshotPolicy,
  SnapshotSetting,
  Snapshotter,
  TransferLimits,
} from './snapshots/index.ts'
export {
  contentWithout,
  type SnapshotOptions,
  type SnapshotSettings,
  snapshotSchema,
  snapshotSettings,
} from './snapshots/index.ts'
export type { ClientCommandKind, StoreLink, StorePort } from './store-link.ts'
export { type TellEvent, tellEventsOf, tellOfLeadership, tellOfMember } from './tell-events.ts'

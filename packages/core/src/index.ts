// @oarlock/core: Raft (paper §5 to §8, and what the thesis adds: docs/paper-map.md) as a pure, synchronous state machine.
//
//   const config = completeConfig({ id: 'a' })
//   const raft = new Raft({ config, restored, log, random, now })
//   raft.step({ type: 'tick' }, now)                     // an event in
//   while (raft.hasEffects) {
//     const { send, persist, apply } = raft.take()       // effects out
//     network.send(send)
//     if (persist) { disk.write(persist); network.send(persist.thenSend); raft.step({ type: 'persisted', write: persist.write }, now) }
//     for (const entry of apply) machine.apply(entry)
//     if (apply.length) raft.step({ type: 'applied', index: apply.at(-1).index }, now)
//   }

export * from './complete-config.ts'
export * from './config.ts'
export * from './effect.ts'
export type {
  CampaignView,
  LeadershipEnd,
  LostLeadershipView,
  RefusalView,
  VoterAnswer,
} from './election/index.ts'
export * from './event.ts'
export {
  duration,
  type Explanation,
  explainNoLeader,
  explanationOf,
  type Finding,
  type FindingKind,
  list,
  type Silence,
} from './explain/index.ts'
export { InvariantError, LostEntriesError } from './invariant.ts'
export { isConfiguration, type LogReader, MemoryLog } from './log/index.ts'
export {
  changed,
  changeSimply,
  decodeChange,
  encodeChange,
  enterJoint,
  leaveJoint,
  type MemberChange,
  type MembershipChange,
  MembershipError,
  membersOf,
  staticVoters,
} from './membership/index.ts'
export * from './message.ts'
export type { Candidacy, RaftView } from './node/index.ts'
export type { ProgressView } from './progress/index.ts'
export { Raft, type RaftInit } from './raft.ts'
export {
  type PartialSnapshot,
  type SnapshotChunk,
  type SnapshotOffer,
  type SnapshotProgress,
  SnapshotReceiver,
  SnapshotSender,
  type SnapshotSenderInit,
  type SnapshotTransferMessage,
  type ToSend,
} from './snapshot/index.ts'
export * from './types.ts'

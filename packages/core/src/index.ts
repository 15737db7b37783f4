// @oarlock/core: Raft (paper §5 to §8, and what the thesis adds: docs/paper-map.md) as a pure, synchronous state machine.
//
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
} from './election/record.ts'
export * from './event.ts'
export { type Explanation, explainNoLeader } from './explain/explain.ts'
export type { Finding, FindingKind } from './explain/finding.ts'
export { InvariantError } from './invariant.ts'
export { MemoryLog } from './log/memory-log.ts'
export type { LogReader } from './log/reader.ts'
export {
  changed,
  changeSimply,
  enterJoint,
  leaveJoint,
  type MemberChange,
  type MembershipChange,
  MembershipError,
} from './membership/change.ts'
export { decodeChange, encodeChange } from './membership/change-codec.ts'
export { membersOf, staticVoters } from './membership/configuration.ts'
export * from './message.ts'
export type { Candidacy } from './node/candidacy.ts'
export type { RaftView } from './node/view.ts'
export type { ProgressView } from './progress/progress.ts'
export { Raft, type RaftInit } from './raft.ts'
export type {
  SnapshotChunk,
  SnapshotOffer,
  SnapshotProgress,
  SnapshotTransferMessage,
} from './snapshot/chunk.ts'
export { type PartialSnapshot, SnapshotReceiver } from './snapshot/receiver.ts'
export { SnapshotSender, type SnapshotSenderInit, type ToSend } from './snapshot/sender.ts'
export * from './types.ts'

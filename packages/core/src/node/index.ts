// A node, and what every role does with it (paper figure 2).
export { activateUpTo, leaveJointIfDue } from './activation.ts'
export { campaign, standForElection } from './campaign.ts'
export type { Candidacy } from './candidacy.ts'
export { admitChanges, changeToPropose } from './change-proposal.ts'
export { learnCommitted } from './committed-change.ts'
export { compactable } from './compaction.ts'
export { installSnapshot } from './install-snapshot.ts'
export { renewLease } from './lease-renewal.ts'
export { Node } from './node.ts'
export { confirmReads, leaderRead } from './reads.ts'
export { ReadyEffects } from './ready.ts'
export {
  acknowledge,
  advanceCommit,
  appendToOwnLog,
  beginTermInLog,
  broadcastAppend,
  broadcastHeartbeat,
  sendAppend,
} from './replication.ts'
export { mostCaughtUpVoter } from './successor.ts'
export { abandonTransfer, beginTransfer, finishTransferIfCaughtUp, transferToBetter } from './transfer.ts'
export { type RaftView, viewOf } from './view.ts'
export { handleVoteRequest } from './vote-request.ts'
export { transferAsWitness } from './witness.ts'

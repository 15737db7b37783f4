// The rules of elections: votes, terms, timers, promises and leases (paper §5.2; thesis §4.2.3, §6.4.1,
// §9.6).
export {
  heartbeatIntervalFor,
  knowsLiveLeader,
  leaseDuration,
  leaseHolds,
  quorumIsAlive,
  quorumPromisedUntil,
} from './lease.ts'
export { electionDelay } from './priority.ts'
export { promiseAtStart, promiseForbids, promiseWaits } from './promise.ts'
export {
  type CampaignView,
  ElectionRecord,
  type LeadershipEnd,
  type LostLeadershipView,
  type RefusalView,
  type VoterAnswer,
} from './record.ts'
export { isOfEarlierTerm, mustLearnLaterTerm } from './term.ts'
export { ElectionTimer } from './timer.ts'
export { isCaughtUp, takesProposals } from './transfer.ts'
export {
  candidateLogIsUpToDate,
  electionResult,
  isGrantOfThisQuestion,
  mayBecomeLeader,
  mayGrantVote,
  type ReceivedVote,
  retainedVote,
} from './vote.ts'

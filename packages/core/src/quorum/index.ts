// Majorities, of one configuration and of a joint one (paper §5.2, §6).
export { jointBlockedUntil, jointCommittedIndex, jointReached, jointVote } from './joint.ts'
export { majorityOf, type VoteResult } from './majority.ts'

// Every rule of the paper that is a decision, in one table. Raft looks its rules up here, so that the mutation runner
// can replace one of them by a broken one and prove that the simulator sees it. Nothing else should ever replace one.
import { hardStateMustSync, waitsForWrite } from './durability.ts'
import { hurriedElectionTimeout, mayStand } from './election/campaign.ts'
import { knowsLiveLeader, waitsForCandidate } from './election/grant.ts'
import {
  handOverEndsLease,
  leaseDuration,
  leaseHolds,
  leaseOfOneEnds,
  quorumAnsweredSince,
  quorumIsAlive,
} from './election/lease.ts'
import { promiseAtStart, promiseForbids, promiseWaits, promiseWhenHeard } from './election/promise.ts'
import { grantedTerm, isOfEarlierTerm, mustLearnLaterTerm, termWhileAsking } from './election/term.ts'
import { candidateLogIsUpToDate, electionResult, mayGrantVote, retainedVote } from './election/vote.ts'
import { lastHandedOut } from './log/log.ts'
import {
  acknowledgedBehindCommit,
  acknowledgedIndex,
  conflictFreeSuffix,
  followerCommit,
  isBehindCommit,
  mayCommitAt,
  mayReplace,
  placeMadeDurable,
  termOfPrevious,
} from './log/match.ts'
import {
  isMeantFor,
  mayChangeAgain,
  mayChangeMembership,
  mayLeaveJoint,
  recountsAfterChange,
} from './membership/activate.ts'
import { changed } from './membership/change.ts'
import { learnsFromVoters } from './membership/committed-change.ts'
import { mayLead } from './membership/configuration.ts'
import { isAnswerOfStranger } from './membership/stranger.ts'
import { windowIsFull } from './progress/inflight.ts'
import { matchAfter, resumesWhenHeard } from './progress/progress.ts'
import { jointCommittedIndex } from './quorum/joint.ts'
import { majorityOf } from './quorum/majority.ts'
import {
  hasCommittedInOwnTerm,
  indexToRead,
  isAlone,
  roundConfirmed,
  roundThatConfirms,
  roundToAnswer,
} from './read/read-index.ts'
import { commitToTell, firstEntriesOfTerm, stillUncommitted } from './replication.ts'
import { isGrantOfThisQuestion, mayTakeOffice } from './roles/candidate.ts'
import { placeToProbe } from './roles/leader.ts'
import { placeToTell, takesProposals } from './roles/proposal.ts'
import { compactableIndex } from './snapshot/compaction.ts'
import { configurationOfSnapshot, isNewerThanCommitted, logHoldsSnapshot } from './snapshot/install.ts'
import { snapshotToOffer } from './snapshot/offer.ts'
import { givesTransferUp, isCaughtUp } from './transfer.ts'

export interface Rules {
  // The term rules and elections.
  /** §5.1 */
  readonly isOfEarlierTerm: typeof isOfEarlierTerm
  /** §5.1, with pre-vote and check-quorum */
  readonly mustLearnLaterTerm: typeof mustLearnLaterTerm
  /** thesis §9.6 */
  readonly termWhileAsking: typeof termWhileAsking
  /** thesis §9.6: the term of a granted vote */
  readonly grantedTerm: typeof grantedTerm
  /** §5.4.1 */
  readonly candidateLogIsUpToDate: typeof candidateLogIsUpToDate
  /** §5.2: one vote a term */
  readonly mayGrantVote: typeof mayGrantVote
  /** §5.2: the vote that is kept when a term is (re)entered */
  readonly retainedVote: typeof retainedVote
  /** §5.2: the wait begins anew when a vote is granted */
  readonly waitsForCandidate: typeof waitsForCandidate
  /** §5.2: not a leader */
  readonly mayStand: typeof mayStand
  /** §5.2: distinct voters, a majority of them */
  readonly electionResult: typeof electionResult
  /** figure 2: the term is on disk before its leader speaks */
  readonly mayTakeOffice: typeof mayTakeOffice
  /** thesis §9.6: the term of a granted pre-vote */
  readonly isGrantOfThisQuestion: typeof isGrantOfThisQuestion
  /** §5.2 */
  readonly majorityOf: typeof majorityOf
  /** thesis §6.2 */
  readonly quorumIsAlive: typeof quorumIsAlive
  /** thesis §4.2.3: while it hears a leader it helps nobody to depose it */
  readonly knowsLiveLeader: typeof knowsLiveLeader
  /** thesis §6.4.1 */
  readonly leaseHolds: typeof leaseHolds
  /** thesis §6.4.1: as the fastest clock measures it */
  readonly leaseDuration: typeof leaseDuration
  /** thesis §6.4.1; of both halves of a joint configuration */
  readonly quorumAnsweredSince: typeof quorumAnsweredSince
  /** thesis §6.4.1: nobody answers a leader that is alone */
  readonly leaseOfOneEnds: typeof leaseOfOneEnds
  /** thesis §6.4.1: nobody that was told to stand has to wait */
  readonly handOverEndsLease: typeof handOverEndsLease
  /** thesis §6.4.1: what was promised before a restart */
  readonly promiseAtStart: typeof promiseAtStart
  /** thesis §6.4.1: what an answer promises */
  readonly promiseWhenHeard: typeof promiseWhenHeard
  /** thesis §4.2.3 */
  readonly promiseForbids: typeof promiseForbids
  /** thesis §6.4.1: a promise that a restart would forget */
  readonly promiseWaits: typeof promiseWaits
  /** §5.2: the wait when the leader's connection broke */
  readonly hurriedElectionTimeout: typeof hurriedElectionTimeout
  /** thesis §4.2.1: voters only */
  readonly mayLead: typeof mayLead

  // Replication.
  /** §5.4.2, thesis §6.4 */
  readonly firstEntriesOfTerm: typeof firstEntriesOfTerm
  /** figure 2, AppendEntries 2 */
  readonly termOfPrevious: typeof termOfPrevious
  /** figure 2, AppendEntries 3 and 4: what of a message is appended, and so what is cut off */
  readonly conflictFreeSuffix: typeof conflictFreeSuffix
  /** §5.4.3: what begins before the commit index changes nothing */
  readonly isBehindCommit: typeof isBehindCommit
  /** §5.4.3: and is acknowledged up to there */
  readonly acknowledgedBehindCommit: typeof acknowledgedBehindCommit
  /** §5.3: nothing committed is ever replaced */
  readonly mayReplace: typeof mayReplace
  /** §5.3: what an append is acknowledged with */
  readonly acknowledgedIndex: typeof acknowledgedIndex
  /** figure 2, AppendEntries 5 */
  readonly followerCommit: typeof followerCommit
  /** §5.3: what a heartbeat tells of the commit index */
  readonly commitToTell: typeof commitToTell
  /** figure 2: matchIndex only increases */
  readonly matchAfter: typeof matchAfter
  /** §5.3, end: where to go back to */
  readonly placeToProbe: typeof placeToProbe
  /** §5.3: retried for ever */
  readonly resumesWhenHeard: typeof resumesWhenHeard
  /** thesis §10.2.2 */
  readonly windowIsFull: typeof windowIsFull
  /** §5.3; of both halves of a joint configuration */
  readonly committedIndex: typeof jointCommittedIndex
  /** §5.4.2 */
  readonly mayCommitAt: typeof mayCommitAt
  /** thesis §3.8 */
  readonly waitsForWrite: typeof waitsForWrite
  /** figure 2: term and vote are persistent */
  readonly hardStateMustSync: typeof hardStateMustSync
  /** thesis §10.2.1: what a finished write proves */
  readonly placeMadeDurable: typeof placeMadeDurable
  /** figure 2: applied in order, each once */
  readonly lastHandedOut: typeof lastHandedOut
  /** what a leader has appended ahead of the commit */
  readonly stillUncommitted: typeof stillUncommitted
  /** thesis §6.2: what a proposer is told */
  readonly placeToTell: typeof placeToTell
  /** thesis §3.10, step 1 */
  readonly takesProposals: typeof takesProposals

  // Reads.
  /** thesis §6.4, step 1 */
  readonly hasCommittedInOwnTerm: typeof hasCommittedInOwnTerm
  /** thesis §6.4, step 2 */
  readonly indexToRead: typeof indexToRead
  /** thesis §6.4, step 3 */
  readonly roundThatConfirms: typeof roundThatConfirms
  /** thesis §6.4, step 3 */
  readonly roundConfirmed: typeof roundConfirmed
  /** thesis §6.4, step 3 */
  readonly roundToAnswer: typeof roundToAnswer
  /** thesis §6.4, step 3: nobody to ask */
  readonly isAlone: typeof isAlone

  // Membership.
  /** thesis §4.3 */
  readonly changed: typeof changed
  /** thesis §4.1: one change at a time */
  readonly mayChangeAgain: typeof mayChangeAgain
  /** thesis §4.3 */
  readonly mayLeaveJoint: typeof mayLeaveJoint
  /** after an entry of its own term */
  readonly mayChangeMembership: typeof mayChangeMembership
  /** compare and set */
  readonly isMeantFor: typeof isMeantFor
  /** a smaller quorum may be reached already */
  readonly recountsAfterChange: typeof recountsAfterChange
  /** thesis §4.2.2: whose vote is needed no more */
  readonly learnsFromVoters: typeof learnsFromVoters
  /** §6: removed servers must not disrupt the cluster */
  readonly isAnswerOfStranger: typeof isAnswerOfStranger

  // Snapshots.
  /** §7 */
  readonly isNewerThanCommitted: typeof isNewerThanCommitted
  /** figure 13, 6 */
  readonly logHoldsSnapshot: typeof logHoldsSnapshot
  /** §7 */
  readonly configurationOfSnapshot: typeof configurationOfSnapshot
  /** §7 */
  readonly snapshotToOffer: typeof snapshotToOffer

  /** §7: what is kept for others */
  readonly compactableIndex: typeof compactableIndex

  // Transfer.
  /** thesis §3.10 */
  readonly isCaughtUp: typeof isCaughtUp
  /** thesis §3.10 */
  readonly givesTransferUp: typeof givesTransferUp
}

export const standardRules: Rules = {
  isOfEarlierTerm,
  mustLearnLaterTerm,
  termWhileAsking,
  grantedTerm,
  candidateLogIsUpToDate,
  mayGrantVote,
  retainedVote,
  waitsForCandidate,
  mayStand,
  electionResult,
  mayTakeOffice,
  isGrantOfThisQuestion,
  majorityOf,
  quorumIsAlive,
  knowsLiveLeader,
  leaseHolds,
  leaseDuration,
  quorumAnsweredSince,
  leaseOfOneEnds,
  handOverEndsLease,
  promiseAtStart,
  promiseWhenHeard,
  promiseForbids,
  promiseWaits,
  hurriedElectionTimeout,
  mayLead,
  firstEntriesOfTerm,
  termOfPrevious,
  conflictFreeSuffix,
  isBehindCommit,
  acknowledgedBehindCommit,
  mayReplace,
  acknowledgedIndex,
  followerCommit,
  commitToTell,
  matchAfter,
  placeToProbe,
  resumesWhenHeard,
  windowIsFull,
  committedIndex: jointCommittedIndex,
  mayCommitAt,
  waitsForWrite,
  hardStateMustSync,
  placeMadeDurable,
  lastHandedOut,
  stillUncommitted,
  placeToTell,
  takesProposals,
  hasCommittedInOwnTerm,
  indexToRead,
  roundThatConfirms,
  roundConfirmed,
  roundToAnswer,
  isAlone,
  changed,
  mayChangeAgain,
  mayLeaveJoint,
  mayChangeMembership,
  isMeantFor,
  recountsAfterChange,
  learnsFromVoters,
  isAnswerOfStranger,
  isNewerThanCommitted,
  logHoldsSnapshot,
  configurationOfSnapshot,
  snapshotToOffer,
  compactableIndex,
  isCaughtUp,
  givesTransferUp,
}

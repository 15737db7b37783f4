// Of the table of rules (rules.ts): terms and votes (paper §5.1, §5.2, §5.4.1; pre-vote: thesis §9.6), leases and promises (thesis §6.4.1, §4.2.3).
import { hurriedElectionTimeout, mayStand } from '../election/campaign.ts'
import { knowsLiveLeader, waitsForCandidate } from '../election/grant.ts'
import {
  handOverEndsLease,
  leaseDuration,
  leaseHolds,
  leaseOfOneEnds,
  quorumAnsweredSince,
  quorumIsAlive,
} from '../election/lease.ts'
import { promiseAtStart, promiseForbids, promiseWaits, promiseWhenHeard } from '../election/promise.ts'
import { grantedTerm, isOfEarlierTerm, mustLearnLaterTerm, termWhileAsking } from '../election/term.ts'
import { candidateLogIsUpToDate, electionResult, mayGrantVote, retainedVote } from '../election/vote.ts'
import { mayLead } from '../membership/configuration.ts'
import { majorityOf } from '../quorum/majority.ts'
import { isGrantOfThisQuestion, mayTakeOffice } from '../roles/candidate.ts'

export interface ElectionRules {
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
}

export const electionRules: ElectionRules = {
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
}

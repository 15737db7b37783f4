// Every rule of the paper that is a decision, in one table. Raft looks its rules up here, so that the mutation runner
// can replace one of them by a broken one and prove that the simulator sees it. Nothing else should ever replace one.
import { waitsForWrite } from './durability.ts'
import { candidateLogIsUpToDate, electionResult, mayGrantVote, retainedVote } from './election/vote.ts'
import { acknowledgedIndex, conflictFreeSuffix, followerCommit, mayCommitAt } from './log/match.ts'
import { majorityOf } from './quorum/majority.ts'

export interface Rules {
  /** §5.4.1 */
  readonly candidateLogIsUpToDate: typeof candidateLogIsUpToDate
  /** §5.2: one vote a term */
  readonly mayGrantVote: typeof mayGrantVote
  /** §5.2: the vote that is kept when a term is (re)entered */
  readonly retainedVote: typeof retainedVote
  /** §5.2: distinct voters, a majority of them */
  readonly electionResult: typeof electionResult
  /** §5.2 */
  readonly majorityOf: typeof majorityOf
  /** figure 2, AppendEntries 3 and 4: what of a message is appended, and so what is cut off */
  readonly conflictFreeSuffix: typeof conflictFreeSuffix
  /** §5.3: what an append is acknowledged with */
  readonly acknowledgedIndex: typeof acknowledgedIndex
  /** figure 2, AppendEntries 5 */
  readonly followerCommit: typeof followerCommit
  /** §5.4.2 */
  readonly mayCommitAt: typeof mayCommitAt
  /** thesis §3.8 */
  readonly waitsForWrite: typeof waitsForWrite
}

export const standardRules: Rules = {
  candidateLogIsUpToDate,
  mayGrantVote,
  retainedVote,
  electionResult,
  majorityOf,
  conflictFreeSuffix,
  acknowledgedIndex,
  followerCommit,
  mayCommitAt,
  waitsForWrite,
}

// Every rule of the paper that is a decision, in one table. Raft looks its rules up here, so that the mutation runner
// can replace one of them by a broken one and prove that the simulator sees it. Nothing else should ever replace one.
import { electionResult, majorityOf, candidateLogIsUpToDate, mayGrantVote, retainedVote } from './election/vote.ts'
import { acknowledgedIndex, conflictFreeSuffix, followerCommit, mayCommitAt } from './log/match.ts'
import { waitsForWrite } from './durability.ts'

export const standardRules = {
  /** §5.4.1 */ candidateLogIsUpToDate,
  /** §5.2 */ mayGrantVote,
  /** §5.2: the vote kept when the term is (re)entered */ retainedVote,
  /** §5.2: distinct voters, a majority */ electionResult,
  /** §5.2 */ majorityOf,
  /** §5.3: which of a message's entries are new, and what is cut off for them */ conflictFreeSuffix,
  /** §5.3: what an append may be acknowledged with */ acknowledgedIndex,
  /** figure 2, AppendEntries 5 */ followerCommit,
  /** §5.4.2 */ mayCommitAt,
  /** thesis §3.8 */ waitsForWrite,
}

export type Rules = typeof standardRules

// Of the table of rules (rules.ts): the log, on its way (paper §5.3, §5.4; thesis §10.2.2) and on disk (thesis §3.8, §10.2.1).
import { hardStateMustSync, voteRequestWaits, waitsForWrite } from '../durability.ts'
import { lastHandedOut } from '../log/log.ts'
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
} from '../log/match.ts'
import { windowIsFull } from '../progress/inflight.ts'
import { matchAfter, resumesWhenHeard } from '../progress/progress.ts'
import { jointCommittedIndex } from '../quorum/joint.ts'
import { commitToTell, firstEntriesOfTerm, stillUncommitted } from '../replication.ts'
import { placeToProbe } from '../roles/leader.ts'
import { placeToTell, takesProposals } from '../roles/proposal.ts'

export interface ReplicationRules {
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
  /** §5.4.1, figure 2: a candidate's log is on disk before it is told of */
  readonly voteRequestWaits: typeof voteRequestWaits
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
}

export const replicationRules: ReplicationRules = {
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
  voteRequestWaits,
  hardStateMustSync,
  placeMadeDurable,
  lastHandedOut,
  stillUncommitted,
  placeToTell,
  takesProposals,
}

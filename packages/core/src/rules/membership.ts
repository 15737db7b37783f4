// Of the table of rules (rules.ts): how the membership changes (paper §6; thesis §4.1, §4.3), and what a snapshot does (paper §7).
import {
  isMeantFor,
  mayChangeAgain,
  mayChangeMembership,
  mayLeaveJoint,
  recountsAfterChange,
} from '../membership/activate.ts'
import { changed } from '../membership/change.ts'
import { learnsFromVoters } from '../membership/committed-change.ts'
import { isAnswerOfStranger } from '../membership/stranger.ts'
import { compactableIndex } from '../snapshot/compaction.ts'
import { configurationOfSnapshot, isNewerThanCommitted, logHoldsSnapshot } from '../snapshot/install.ts'
import { snapshotToOffer } from '../snapshot/offer.ts'

export interface MembershipRules {
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
}

export const membershipRules: MembershipRules = {
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
}

// Of the table of rules (rules.ts): reads (paper §8; thesis §6.4), and handing leadership over (thesis §3.10).
import {
  hasCommittedInOwnTerm,
  indexToRead,
  isAlone,
  roundConfirmed,
  roundThatConfirms,
  roundToAnswer,
} from '../read/read-index.ts'
import { givesTransferUp, isCaughtUp } from '../transfer.ts'

export interface ServiceRules {
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
  /** thesis §3.10 */
  readonly isCaughtUp: typeof isCaughtUp
  /** thesis §3.10 */
  readonly givesTransferUp: typeof givesTransferUp
}

export const serviceRules: ServiceRules = {
  hasCommittedInOwnTerm,
  indexToRead,
  roundThatConfirms,
  roundConfirmed,
  roundToAnswer,
  isAlone,
  isCaughtUp,
  givesTransferUp,
}

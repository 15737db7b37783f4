// Broken transfers of leadership.
import { inModule, type Mutant, mutant, scripted } from '../mutant.ts'

const core = 'packages/core/src'
const proposal = inModule<typeof import('../../../packages/core/src/roles/proposal.ts')>(
  `${core}/roles/proposal.ts`,
)
const transfer = inModule<typeof import('../../../packages/core/src/transfer.ts')>(`${core}/transfer.ts`)

export const transfers: readonly Mutant[] = [
  mutant(
    'T1',
    'the target of a transfer is told to stand before it has the whole log',
    transfer.replace('isCaughtUp', () => () => true),
  ),
  scripted(
    'transfer-that-fails',
    mutant(
      'T3',
      'a transfer never ends',
      transfer.patch('if (target === null) return false', 'return false'),
    ),
  ),
  mutant(
    'T5',
    'proposals are taken in while leadership is handed over',
    proposal.replace('takesProposals', () => () => true),
  ),
  mutant(
    'T7',
    'the target of a transfer is told to stand when it lacks the last entry',
    transfer.replace('isCaughtUp', () => (match, lastIndex) => match + 1 >= lastIndex),
  ),
]

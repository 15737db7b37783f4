// Broken transfers of leadership.
import { type Mutant, mutant, scripted } from '../mutant.ts'
import { transfer, transferRules } from './modules.ts'

export const transfers: readonly Mutant[] = [
  mutant(
    'T1',
    'the target of a transfer is told to stand before it has the whole log',
    transferRules.replace('isCaughtUp', () => () => true),
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
    'proposals are accepted during a transfer',
    transferRules.replace('takesProposals', () => () => true),
  ),
  mutant(
    'T7',
    'the target of a transfer is told to stand when it lacks the last entry',
    transferRules.replace('isCaughtUp', () => (match, lastIndex) => match + 1 >= lastIndex),
  ),
]

// Broken snapshots.
import { type Mutant, mutant, scripted } from '../mutant.ts'
import { compaction, installSnapshot, match, offerSnapshot } from './modules.ts'

export const snapshots: readonly Mutant[] = [
  mutant(
    'S1',
    'a snapshot is installed that is older than the applied entries',
    match.replace('isNewerThanCommitted', () => () => true),
  ),
  mutant(
    'S2',
    'entries that conflict with the snapshot stay',
    installSnapshot.patch('if (holds(node.log, last))', 'if (node.log.lastIndex >= last.index)'),
  ),
  scripted(
    'snapshot-of-what-is-there',
    mutant(
      'S3',
      'entries after the snapshot are removed although they match',
      installSnapshot.patch('if (holds(node.log, last))', 'if (false)'),
    ),
  ),
  mutant(
    'S7',
    'a leader without entries after its snapshot offers none',
    offerSnapshot.patch(
      'const { snapshot } = node.log',
      'const snapshot = node.log.snapshot?.index === node.log.lastIndex ? null : node.log.snapshot',
    ),
  ),
  mutant(
    'S11',
    'a log is compacted up to the applied entries, even if others still need them',
    compaction.replace('compactableIndex', () => (applied) => applied),
  ),
]

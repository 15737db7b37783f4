// Broken snapshots.
import { type Mutant, mutant, scripted } from '../mutant.ts'
import { compaction, follower, installSnapshot, leader, match, offerSnapshot, receiver } from './modules.ts'

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
  // A leader that goes back to where logs agree has no snapshot refused that it counts on, so this one also
  // goes back too far.
  scripted(
    'refused-snapshot',
    mutant(
      'S13',
      'a snapshot that is refused is acknowledged with the end of the log (and refusals are answered from the match on)',
      follower.patch('installed ? node.log.lastIndex : node.log.commit', 'node.log.lastIndex'),
      leader.patch('const next = placeToProbe(node.log, hint)', 'const next = progress.match'),
    ),
  ),
  mutant(
    'S15',
    'a chunk of a snapshot is accepted though one before it is missing',
    receiver.patch('chunk.offset > at || end <= at', 'end <= at'),
  ),
]

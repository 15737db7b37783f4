// What a new cluster begins with that is founded from a backup.
import { contentWithout, generationStep } from '@oarlock/runtime'
import { BackupError } from '../errors.ts'
import type { Restoration } from '../wal/index.ts'
import type { BackupFile } from './read.ts'

/** The new cluster has its own members. */
const leftOut = 'members'

/** `witness`: a witness has no state. */
export function restorationOf(backup: BackupFile, witness: boolean): Restoration {
  const { info, id, file } = backup
  const term = info.term + generationStep
  if (!Number.isSafeInteger(info.index) || term > Number.MAX_SAFE_INTEGER - generationStep)
    throw new BackupError(
      'damaged',
      `the backup ${file} says that it is of entry ${info.index}, term ${info.term}`,
    )
  return {
    generation: { number: info.generation + 1, id },
    name: file,
    index: info.index,
    entryTerm: info.entryTerm,
    term,
    check: () => backup.check(),
    content: () => contentWithout(backup.content(), (section) => witness || section === leftOut),
  }
}

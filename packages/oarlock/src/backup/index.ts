// Backups of a cluster's state: their files.
import type { BackupFormat } from '@oarlock/runtime'
import { encodeBackup } from './format.ts'
import { saveBackup } from './save.ts'

export { BackupFile } from './read.ts'
export { restorationOf } from './restoration.ts'

export const backupFormat: BackupFormat = { encode: encodeBackup, save: saveBackup }

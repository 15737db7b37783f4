// Writes a backup's file: beside it, synced, then renamed. So under its name there is a whole one at all times.
import fs from 'node:fs/promises'
import path from 'node:path'
import { OarlockError } from '@oarlock/runtime'
import { BackupError } from '../errors.ts'
import { nodeFileSystem, syncDirectory } from '../wal/index.ts'

/** So many bytes wait for the disk at most: more of them would delay the fsyncs of the log. */
const syncBytes = 4 * 1024 * 1024

export async function saveBackup(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const target = path.resolve(file)
  const temporary = `${target}.tmp`
  try {
    await writeSynced(temporary, bytes)
    await fs.rename(temporary, target)
    await syncDirectory(nodeFileSystem, path.dirname(target))
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => {})
    if (cause instanceof OarlockError) throw cause
    const { message } = cause as Error
    throw new BackupError(
      'not-written',
      `the backup ${target} could not be written: ${message}. An older one of that name is as it was`,
      { cause },
    )
  }
}

async function writeSynced(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let unsynced = 0
  const handle = await fs.open(file, 'w')
  try {
    for await (const part of bytes) {
      await handle.writeFile(part)
      unsynced += part.length
      if (unsynced < syncBytes) continue
      unsynced = 0
      await handle.datasync()
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

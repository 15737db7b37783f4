// Reads all bytes of a directory's snapshots, and changes nothing.
import path from 'node:path'
import { InvariantError, type SnapshotMeta } from '@oarlock/core'
import { SnapshotDamagedError } from '@oarlock/runtime'
import type { SegmentFiles } from './segment-reader.ts'
import { damagedSnapshot, readBlocks } from './snapshot-file.ts'
import { readLayout } from './snapshot-layout.ts'
import { SNAPSHOT_NAME } from './snapshot-store.ts'

export interface CheckedSnapshots {
  /** Those of which every byte is as it was written, newest first. */
  readonly intact: readonly SnapshotMeta[]
  readonly damaged: readonly SnapshotDamagedError[]
}

export async function checkSnapshots(files: SegmentFiles): Promise<CheckedSnapshots> {
  const intact: SnapshotMeta[] = []
  const damaged: SnapshotDamagedError[] = []
  for (const name of files.fileSystem.list(files.directory).filter((name) => SNAPSHOT_NAME.test(name)))
    try {
      intact.push(await check(files, path.join(files.directory, name)))
    } catch (error) {
      if (!(error instanceof SnapshotDamagedError)) throw error
      damaged.push(error)
    }
  intact.sort((a, b) => b.index - a.index)
  return { intact, damaged }
}

async function check({ fileSystem, incarnation }: SegmentFiles, file: string): Promise<SnapshotMeta> {
  const handle = fileSystem.open(file, 'existing')
  try {
    const { blocks, total, damage } = readLayout(fileSystem, handle, incarnation)
    if (damage !== null) throw damagedSnapshot(file, damage.at, damage.what)
    if (blocks === null || total === null) throw new InvariantError('a layout without damage is complete')
    for (let block = 0; block < blocks.count; block++)
      await readBlocks({ fileSystem, file }, handle, blocks, block, block)
    return blocks.header.meta
  } finally {
    fileSystem.close(handle)
  }
}

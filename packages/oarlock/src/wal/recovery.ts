// Repairs the log after it was read and judged (log-scan.ts): copies a torn tail aside (torn-tail.ts), cuts
// it off, and makes durable what was read.
//
// The bytes that were read may be in the page cache only: a process that was killed may have written them, or
// its fsync has failed, after which the kernel takes the pages for clean. So the last write is written again,
// the same bytes in the same place, and synced, before anything that was read counts as durable.
import path from 'node:path'
import type { HardState } from '@oarlock/core'
import { syncData, syncDirectory, writeWhole } from './durable-file.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import type { LogFiles, ScannedLog } from './log-scan.ts'
import type { PackedLog } from './packed-log.ts'
import { fillWithZeros } from './preallocation.ts'
import { SPARE_NAME, segmentName } from './segment.ts'
import { copyTornTail, type TornTail } from './torn-tail.ts'

/** The content of the log, and the place where it goes on. */
export interface Recovered {
  readonly hardState: HardState
  readonly log: PackedLog
  /** The number of the last segment. */
  readonly segment: number
  /** The length of the last segment's records and header: the next record begins there. */
  readonly length: number
  /** The sequence number of the next record. */
  readonly sequence: number
  readonly repair: Repair | null
}

/** A torn tail that was cut off. */
export interface Repair {
  readonly file: string
  /** The byte at which the tail began. */
  readonly at: number
  readonly bytes: number
  /** The file with the copy, or null if none could be written. */
  readonly copy: string | null
}

/** Fills the last segment with zeros up to `allocate` bytes. */
export async function recover(files: LogFiles, scanned: ScannedLog, allocate: number): Promise<Recovered> {
  const { fileSystem, directory } = files
  const { hardState, log, sequence, last, tail } = scanned
  const spare = path.join(directory, SPARE_NAME)
  if (fileSystem.exists(spare)) fileSystem.remove(spare)
  const repair = tail === null ? null : await keepAside(files, tail)
  if (tail !== null && tail.segment !== last.number)
    fileSystem.remove(path.join(directory, segmentName(tail.segment)))
  const handle = fileSystem.open(path.join(directory, segmentName(last.number)), 'existing')
  const { length } = last
  try {
    const isTorn = tail?.segment === last.number
    // If it stayed, it would follow a later record, and the next recovery might take a part of it for a good
    // record.
    if (isTorn) fileSystem.truncate(handle, length)
    fillIfPossible(fileSystem, handle, isTorn ? length : last.allocated, allocate)
    writeWhole(fileSystem, handle, last.bytes.subarray(last.lastWriteAt, length), last.lastWriteAt)
    await syncData(fileSystem, handle)
  } finally {
    fileSystem.close(handle)
  }
  await syncDirectory(fileSystem, directory)
  return { hardState, log, segment: last.number, length, sequence, repair }
}

/** Null if the tail is empty. */
async function keepAside({ fileSystem, directory }: LogFiles, tail: TornTail): Promise<Repair | null> {
  if (tail.bytes.every((byte) => byte === 0)) return null
  const file = path.join(directory, segmentName(tail.segment))
  const copy = await copyTornTail(fileSystem, directory, tail)
  return { file, at: tail.at, bytes: tail.bytes.length, copy }
}

function fillIfPossible(fileSystem: FileSystem, handle: FileHandle, from: number, to: number): void {
  try {
    fillWithZeros(fileSystem, handle, from, to)
  } catch {
    // The disk may be full. Then the segment grows as it is written to, and if that fails too, the write
    // fails. The other files need the room that is left.
    fileSystem.truncate(handle, from)
  }
}

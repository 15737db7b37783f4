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
import type { ScannedLog } from './log-scan.ts'
import type { PackedLog } from './packed-log.ts'
import { fillWithZeros } from './preallocation.ts'
import { FREED_NAME, MOST_FREED, SPARE_NAME, segmentName, segmentNumbers } from './segment.ts'
import type { SegmentFiles } from './segment-reader.ts'
import type { LastFile } from './segment-supply.ts'
import { copyTornTail, type TornTail } from './torn-tail.ts'

/** The content of the log, and the place where it goes on. */
export interface Recovered extends LastFile {
  readonly hardState: HardState
  readonly log: PackedLog
  /** The number of the first segment. */
  readonly firstSegment: number
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

/** Fills the last segment with zeros a step beyond its records. */
export async function recover(files: SegmentFiles, scanned: ScannedLog, step: number): Promise<Recovered> {
  const { fileSystem, directory } = files
  const { hardState, log, sequence, firstSegment, last, tail } = scanned
  removeSuperfluous(files, firstSegment, step > 0 ? MOST_FREED : 0)
  const repair = tail === null ? null : await keepAside(files, tail)
  if (tail !== null && tail.segment !== last.number)
    fileSystem.remove(path.join(directory, segmentName(tail.segment)))
  const handle = fileSystem.open(path.join(directory, segmentName(last.number)), 'existing')
  const isTorn = tail?.segment === last.number
  const isRecycled = last.isRecycled && !isTorn
  const { length } = last
  let allocated = isTorn ? length : last.allocated
  try {
    // If it stayed, it would follow a later record, and the next recovery might take a part of it for a good
    // record.
    if (isTorn) fileSystem.truncate(handle, length)
    if (!isRecycled) allocated = fillIfPossible(fileSystem, handle, allocated, step > 0 ? length + step : 0)
    writeWhole(fileSystem, handle, last.lastWrite, last.lastWriteAt)
    await syncData(fileSystem, handle)
  } finally {
    fileSystem.close(handle)
  }
  await syncDirectory(fileSystem, directory)
  const place = { firstSegment, segment: last.number, length, allocated, isRecycled, sequence }
  return { hardState, log, ...place, repair }
}

/** Files that an earlier process did not get to remove, and more freed segments than are used. */
function removeSuperfluous(
  { fileSystem, directory }: SegmentFiles,
  firstSegment: number,
  freed: number,
): void {
  const names = fileSystem.list(directory)
  const segments = segmentNumbers(names).filter((number) => number < firstSegment)
  for (const name of [
    ...names.filter((name) => name === SPARE_NAME),
    ...names.filter((name) => FREED_NAME.test(name)).slice(freed),
    ...segments.map(segmentName),
  ])
    fileSystem.remove(path.join(directory, name))
}

/** Null if the tail is empty. */
async function keepAside({ fileSystem, directory }: SegmentFiles, tail: TornTail): Promise<Repair | null> {
  if (tail.bytes.every((byte) => byte === 0)) return null
  const file = path.join(directory, segmentName(tail.segment))
  const copy = await copyTornTail(fileSystem, directory, tail)
  return { file, at: tail.at, bytes: tail.bytes.length, copy }
}

/** Returns the length of the file. */
function fillIfPossible(fileSystem: FileSystem, handle: FileHandle, from: number, to: number): number {
  try {
    fillWithZeros(fileSystem, handle, from, to)
    return Math.max(from, to)
  } catch {
    // The disk may be full. Then the segment grows as it is written to, and if that fails too, the write
    // fails. The other files need the room that is left.
    fileSystem.truncate(handle, from)
    return Number.POSITIVE_INFINITY
  }
}

// Before a torn tail is cut off, it is copied to a file beside its segment: `00000003.wal.1234.broken` holds
// what segment 3 had from byte 1234 on. The log never reads it, for nothing in it was acknowledged. It is
// kept because it shows what a crash did to the disk, and because two kinds of damage look like a torn write
// (torn-write.ts).
//
// * The copy and its name are durable before the tail is cut off. A crash in between leaves the same tail or
//   a part of it, and the copy stays as it is.
// * At most three copies are kept, the latest ones: enough to compare several crashes, and a member that
//   crashes every night does not fill its disk with them.
// * The member starts without a copy if none can be written. A full disk is the usual cause of a torn tail,
//   and then there is no room for a copy either. To refuse the start would protect nothing that was
//   acknowledged, and keep a voter away.
import path from 'node:path'
import { replaceFile, syncDirectory } from './durable-file.ts'
import type { FileSystem } from './file-system.ts'
import { segmentName } from './segment.ts'

const MOST_COPIES = 3

/** The part of the last write that a crash left. */
export interface TornTail {
  /** The number of its segment. */
  readonly segment: number
  /** The byte of the segment at which it begins. */
  readonly at: number
  readonly bytes: Uint8Array
}

/** Returns the file with the copy, or null if none could be written. Rejects if its name cannot be synced. */
export async function copyTornTail(
  fileSystem: FileSystem,
  directory: string,
  { segment, at, bytes }: TornTail,
): Promise<string | null> {
  const name = `${segmentName(segment)}.${at}.broken`
  const file = path.join(directory, name)
  try {
    if (!fileSystem.exists(file) || !isPartOf(bytes, await fileSystem.read(file))) {
      for (const old of superfluousCopies(fileSystem.list(directory), name))
        fileSystem.remove(path.join(directory, old))
      await replaceFile(fileSystem, file, bytes)
    }
  } catch {
    removeIfPossible(fileSystem, `${file}.tmp`)
    return null
  }
  await syncDirectory(fileSystem, directory)
  return file
}

/** Whether an interrupted repair may have left `tail` of `copy`, with sectors cut off or zeroed. */
function isPartOf(tail: Uint8Array, copy: Uint8Array): boolean {
  return tail.length <= copy.length && tail.every((byte, at) => byte === 0 || byte === copy[at])
}

/** The files to remove before the copy `next` is written: the oldest others, and unfinished ones. */
function superfluousCopies(names: readonly string[], next: string): readonly string[] {
  const unfinished = names.filter((name) => name.endsWith('.broken.tmp'))
  const others = names.filter((name) => name !== next && COPY.test(name)).sort(byPlace)
  return [...unfinished, ...others.slice(0, Math.max(0, others.length - (MOST_COPIES - 1)))]
}

const COPY = /^(\d{8,15})\.wal\.(\d+)\.broken$/

/** The log only grows, so a copy from further on is a later one. */
function byPlace(a: string, b: string): number {
  const [, segmentOfA, atOfA] = COPY.exec(a)!
  const [, segmentOfB, atOfB] = COPY.exec(b)!
  return Number(segmentOfA) - Number(segmentOfB) || Number(atOfA) - Number(atOfB)
}

function removeIfPossible(fileSystem: FileSystem, file: string): void {
  try {
    if (fileSystem.exists(file)) fileSystem.remove(file)
  } catch {
    // The next copy removes it.
  }
}

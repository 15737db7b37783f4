// Logs on a simulated disk, for tests: written, read back and damaged.
import type { Persist } from '@oarlock/core'
import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import { DiskLogStore, type DiskLogStoreOptions } from '../../src/wal/disk-log-store.ts'
import { contentsOf } from './log-state.ts'
import type { SimulatedDisk } from './simulated-disk.ts'

/** The files of the first two segments. */
export const FIRST: string = '/data/00000001.wal'
export const SECOND: string = '/data/00000002.wal'
/** Not preallocated, so that a file is as long as its content. */
export const storeOn = (
  fileSystem: SimulatedDisk,
  options: Partial<DiskLogStoreOptions> = {},
): DiskLogStore =>
  new DiskLogStore({
    directory: '/data',
    cluster: 'c',
    id: 'a',
    fileSystem,
    preallocate: false,
    ...options,
  })

/** Writes one batch after the other. Returns the length of segment 1 before the first and after each. */
export async function written(
  disk: SimulatedDisk,
  batches: readonly (readonly Persist[])[],
  segmentBytes?: number,
): Promise<readonly number[]> {
  const store = storeOn(disk, segmentBytes === undefined ? {} : { segmentBytes })
  await store.open()
  const lengths = [disk.get(FIRST).length]
  for (const batch of batches) {
    await store.write(batch)
    lengths.push(disk.get(FIRST).length)
  }
  await store.close()
  return lengths
}

export async function read(disk: SimulatedDisk): Promise<ReturnType<typeof contentsOf>> {
  const store = storeOn(disk)
  try {
    return contentsOf(await store.open())
  } finally {
    await store.close()
  }
}

export function changed(
  disk: SimulatedDisk,
  file: string,
  change: (bytes: Uint8Array) => Uint8Array,
): SimulatedDisk {
  const result = disk.clone()
  result.put(file, change(disk.get(file)))
  return result
}

export function xor(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  bytes[at] = bytes[at]! ^ mask
  return bytes
}

/** Three writes, one batch each; the second cuts an entry off. */
export const three: readonly (readonly Persist[])[] = [
  [persistOf({ hardState: hardStateOf(1, 'a'), entries: entriesFrom(1, 1, 'one', 'two') })],
  [persistOf({ hardState: hardStateOf(2, 'b', 2), entries: entriesFrom(2, 2, 'instead of two') })],
  [persistOf({ hardState: hardStateOf(2, 'b', 2), entries: entriesFrom(3, 2, 'three') })],
]

// Logs on a simulated disk, for tests: written, read back and damaged.
import type { Persist, SnapshotMeta } from '@oarlock/core'
import type { PeerRecord, StoredIdentity } from '@oarlock/runtime'
import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import { DiskLogStore } from '../../src/wal/disk-log-store.ts'
import type { DiskLogStoreOptions } from '../../src/wal/disk-log-store-options.ts'
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

/** A record of two peers. */
export const twoPeers: PeerRecord = {
  founded: true,
  peers: new Map([
    ['b', { incarnation: '0b'.repeat(16), start: 3, token: 'b0b0b0b0' }],
    ['10', { incarnation: '0c'.repeat(16), start: 1, token: 'c0c0c0c0' }],
  ]),
}

export async function withPeers(disk: SimulatedDisk, record: PeerRecord = twoPeers): Promise<void> {
  const store = storeOn(disk)
  await store.open()
  await store.recordPeers(record)
  await store.close()
}

/** Starts the member once more. */
export async function identityOn(
  disk: SimulatedDisk,
  options: Partial<DiskLogStoreOptions> = {},
): Promise<StoredIdentity> {
  const store = storeOn(disk, options)
  try {
    return (await store.open()).identity
  } finally {
    await store.close()
  }
}

export async function read(disk: SimulatedDisk): Promise<ReturnType<typeof contentsOf>> {
  const store = storeOn(disk)
  try {
    return contentsOf(await store.open())
  } finally {
    await store.close()
  }
}

/**
 * Disks that a power cut can leave before an operation of `act`: with all or nothing of the unsynced names, and
 * all or nothing of the unsynced bytes.
 */
export async function everyPowerCut(
  disk: SimulatedDisk,
  act: (disk: SimulatedDisk) => Promise<unknown>,
): Promise<readonly SimulatedDisk[]> {
  const cuts: SimulatedDisk[] = []
  const cut = (): void =>
    void cuts.push(
      disk.powerCut(() => 0),
      disk.powerCut(() => 0.999),
      disk.powerCut(first(0.999, 0)),
      disk.powerCut(first(0, 0.999)),
    )
  const syncing = async (): Promise<null> => {
    cut()
    return null
  }
  disk.faults = {
    write: (_, bytes) => {
      cut()
      return bytes
    },
    sync: syncing,
    syncDirectory: syncing,
  }
  await act(disk)
  disk.faults = {}
  cut()
  return cuts
}

/** One number, and then always another one. */
function first(once: number, then: number): () => number {
  let calls = 0
  return () => (calls++ === 0 ? once : then)
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

/** Stores a snapshot of the entries up to `at`. */
export async function keepSnapshot(store: DiskLogStore, meta: SnapshotMeta, bytes = 100): Promise<void> {
  const writer = await store.snapshots.create(meta)
  await writer.append(new Uint8Array(bytes).fill(7))
  await writer.commit()
}

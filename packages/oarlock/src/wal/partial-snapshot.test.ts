import { bytesOf, offerOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { changed, everyPowerCut, storeOn, xor } from '../../test/wal/log-on-disk.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import type { DiskLogStore } from './disk-log-store.ts'

const PARTIAL = '/data/partial.snapshot'
const bytes = bytesOf(200_000)

async function opened<T>(disk: SimulatedDisk, use: (store: DiskLogStore) => Promise<T>): Promise<T> {
  const store = storeOn(disk)
  await store.open()
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

const readAll = ({ snapshots }: DiskLogStore): Promise<Uint8Array> =>
  snapshots.read(snapshots.stored[0]!, 0, snapshots.stored[0]!.size)

describe('a snapshot that is received', () => {
  const offer = offerOf(20, 3, bytes)

  it('has every byte that was acknowledged, after a power cut at any moment', async () => {
    const disk = new SimulatedDisk()
    const acknowledged: number[] = []
    const cuts: { readonly disk: SimulatedDisk; readonly least: number }[] = []
    let most = 0
    await opened(disk, async ({ snapshots }) => {
      await snapshots.startPartial(offer)
      const random = [0, 0.999, 0.3, 0.7]
      const cut = (): void => {
        for (const value of random) cuts.push({ disk: disk.powerCut(() => value), least: most })
      }
      const syncing = async (): Promise<null> => {
        cut()
        return null
      }
      disk.faults = {
        write: (_, count) => {
          cut()
          return count
        },
        sync: syncing,
        syncDirectory: syncing,
      }
      for (const end of [10, 600, 70_000, 70_001, 200_000]) {
        await snapshots.appendPartial(most, bytes.subarray(most, end))
        most = end
        acknowledged.push(end)
      }
      disk.faults = {}
    })
    for (const { disk, least } of cuts)
      await opened(disk, async (store) => {
        const { snapshots } = store
        const { received } = snapshots.partial!
        expect(received).toBeGreaterThanOrEqual(least)
        expect(snapshots.partial).toEqual({ offer, received })
        await snapshots.appendPartial(received, bytes.subarray(received))
        await snapshots.commitPartial()
        expect(Buffer.from(await readAll(store))).toEqual(Buffer.from(bytes))
      })
  })

  it('is durable as far as a start finds it, also what a killed process left in the page cache', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk)
    await store.open()
    await store.snapshots.startPartial(offer)
    await store.snapshots.appendPartial(0, bytes.subarray(0, 1000))
    disk.faults = { sync: () => new Promise(() => {}) }
    void store.snapshots.appendPartial(1000, bytes.subarray(1000, 140_000))
    disk.kill()
    disk.faults = {}
    const received = (disk: SimulatedDisk) =>
      opened(disk, async ({ snapshots }) => snapshots.partial?.received)
    expect(await received(disk)).toBe(140_000)
    expect(await received(disk.powerCut(() => 0))).toBe(140_000)
  })

  it('becomes a stored one whole, or stays a partial one, in a power cut at any moment', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async ({ snapshots }) => {
      await snapshots.startPartial(offer)
      await snapshots.appendPartial(0, bytes)
    })
    const cuts = await everyPowerCut(disk, (disk) =>
      opened(disk, ({ snapshots }) => snapshots.commitPartial()),
    )
    const states = new Set<string>()
    for (const cut of cuts)
      await opened(cut, async (store) => {
        const { snapshots } = store
        states.add(`${snapshots.stored.length} ${snapshots.partial?.received}`)
        if (snapshots.partial !== null) await snapshots.commitPartial()
        expect(Buffer.from(await readAll(store))).toEqual(Buffer.from(bytes))
      })
    expect(states).toEqual(new Set(['0 200000', '1 undefined']))
  })

  it('and changes on disk before it is complete is refused, and received again', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async ({ snapshots }) => {
      await snapshots.startPartial(offer)
      await snapshots.appendPartial(0, bytes.subarray(0, 100_000))
      await snapshots.appendPartial(100_000, bytes.subarray(100_000))
    })
    await opened(
      changed(disk, PARTIAL, (file) => xor(file, 50_000, 1)),
      async (store) => {
        const { snapshots } = store
        await expect(snapshots.commitPartial()).rejects.toMatchObject({ code: 'OARLOCK_SNAPSHOT_DAMAGED' })
        expect(snapshots.partial).toBe(null)
        await snapshots.startPartial(offer)
        await snapshots.appendPartial(0, bytes)
        await snapshots.commitPartial()
        expect(Buffer.from(await readAll(store))).toEqual(Buffer.from(bytes))
      },
    )
  })

  it('is forgotten when a write of it fails', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async ({ snapshots }) => {
      await snapshots.startPartial(offer)
      await snapshots.appendPartial(0, bytes.subarray(0, 100))
      disk.faults = { sync: async () => new Error('EIO: i/o error') }
      await expect(snapshots.appendPartial(100, bytes.subarray(100))).rejects.toMatchObject({
        code: 'OARLOCK_LOG_WRITE',
      })
      disk.faults = {}
      expect(snapshots.partial).toBe(null)
      expect(disk.exists(PARTIAL)).toBe(false)
      await snapshots.startPartial(offer)
      expect(snapshots.partial?.received).toBe(0)
    })
    expect(disk.openHandles).toBe(0)
  })
})

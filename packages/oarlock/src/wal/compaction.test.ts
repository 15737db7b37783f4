import { index } from '@oarlock/core'
import { entriesFrom, hardStateOf, metaOf, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { changed, everyPowerCut, keepSnapshot, storeOn, xor } from '../../test/wal/log-on-disk.ts'
import { contentsOf } from '../../test/wal/log-state.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { segmentsOn } from '../../test/wal/simulation/segments.ts'
import type { DiskLogStore } from './disk-log-store.ts'
import type { DiskLogStoreOptions } from './disk-log-store-options.ts'
import { segmentName } from './segment.ts'

const options = { segmentBytes: 1000, preallocate: true }
const turns = async (count: number): Promise<void> => {
  for (let left = count; left > 0; left--) await new Promise(setImmediate)
}

async function opened<T>(
  disk: SimulatedDisk,
  use: (store: DiskLogStore, log: Awaited<ReturnType<DiskLogStore['open']>>) => Promise<T>,
  more: Partial<DiskLogStoreOptions> = {},
): Promise<T> {
  const store = storeOn(disk, { ...options, ...more })
  const log = await store.open()
  try {
    return await use(store, log)
  } finally {
    await store.close()
  }
}

/** Entries of 200 bytes: three in a segment. */
async function write(store: DiskLogStore, from: number, to: number): Promise<void> {
  for (let at = from; at <= to; at++) {
    const entries = entriesFrom(at, 1, new Uint8Array(200).fill(at))
    await store.write([persistOf({ hardState: hardStateOf(1, 'a', at - 1), entries })])
    // The next segment is made ready in the background.
    await turns(4)
  }
}

async function compact(store: DiskLogStore, at: number): Promise<void> {
  await keepSnapshot(store, metaOf(at, 1))
  await store.compact(metaOf(at, 1))
}

const numbersOn = (disk: SimulatedDisk): readonly number[] =>
  segmentsOn(disk).map((file) => Number(/(\d+)\.wal$/.exec(file)![1]))

/** The file has the checksums of its old sectors. */
const isUsedAgain = (disk: SimulatedDisk, file: string): boolean =>
  Buffer.from(disk.get(file)).toString('latin1').slice(-16, -8) === 'OARSTALE'

const freedOn = (disk: SimulatedDisk): readonly string[] =>
  disk.list('/data').filter((name) => name.startsWith('freed-'))

const found = (disk: SimulatedDisk) =>
  opened(disk, async (_, log) => ({ ...contentsOf(log), snapshot: log.log.snapshot }))

describe('a compaction', () => {
  it('frees the segments before the one with the first entry that stays; a few are kept for later', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async (store) => {
      await write(store, 1, 20)
      expect(numbersOn(disk)).toEqual([1, 2, 3, 4, 5, 6, 7])
      await compact(store, 9)
      expect(numbersOn(disk)).toEqual([4, 5, 6, 7])
      expect(freedOn(disk)).toEqual([1, 2].map((number) => `freed-${segmentName(number)}`))
      await compact(store, 17)
      expect(numbersOn(disk)[0]).toBe(6)
    })
    expect(freedOn(disk)).toHaveLength(2)
    const { snapshot, entries } = await found(disk)
    expect([snapshot, entries.length]).toEqual([metaOf(17, 1), 3])
  })

  it('removes the segments where blocks are not written over', async () => {
    const disk = new SimulatedDisk()
    await opened(
      disk,
      async (store) => {
        await write(store, 1, 10)
        await compact(store, 10)
      },
      { preallocate: false },
    )
    expect([numbersOn(disk), freedOn(disk)]).toEqual([[4], []])
  })

  it('gives the old beginning or the new one, at any moment of a power cut', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async (store) => {
      await write(store, 1, 12)
      await compact(store, 2)
      await keepSnapshot(store, metaOf(10, 1))
    })
    const before = await found(disk.clone())
    const cuts = await everyPowerCut(disk.clone(), (disk) =>
      opened(disk, (store) => store.compact(metaOf(10, 1))),
    )
    const beginnings = new Set<number>()
    for (const cut of cuts) {
      const after = await found(cut)
      beginnings.add(after.snapshot!.index)
      expect(after.hardState).toEqual(before.hardState)
      expect(after.entries).toEqual(before.entries.slice(after.snapshot!.index - 2))
      // It can be written to, and compacted again.
      await opened(cut, async (store) => {
        await write(store, 13, 16)
        await compact(store, 12)
      })
      expect((await found(cut)).entries).toHaveLength(4)
    }
    expect(beginnings).toEqual(new Set([2, 10]))
  })

  it('removes at the next start what a crash has left', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, (store) => write(store, 1, 12))
    const first = segmentsOn(disk).map((file) => [file, disk.get(file)] as const)
    await opened(disk, (store) => compact(store, 10))
    const left = segmentsOn(disk)
    disk.put(first[1]![0], first[1]![1])
    expect(numbersOn(disk)).toEqual([2, 4, 5])
    expect((await found(disk)).entries).toHaveLength(2)
    expect(segmentsOn(disk)).toEqual(left)
  })

  it('leaves a log that is refused if a segment is missing that it needs', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async (store) => {
      await write(store, 1, 20)
      await compact(store, 9)
    })
    for (const missing of [4, 5, 6]) {
      const without = new SimulatedDisk()
      for (const name of disk.list('/data'))
        if (name !== segmentName(missing)) without.put(`/data/${name}`, disk.get(`/data/${name}`))
      await expect(found(without)).rejects.toMatchObject({
        code: 'OARLOCK_CORRUPT_LOG',
        message: expect.stringContaining(
          `/data/${segmentName(missing)} is damaged at byte 0: the file is missing`,
        ),
      })
    }
  })
})

describe('a segment that is used again', () => {
  /** A log that has used freed segments, with its last record in one of them. */
  async function recycled(disk: SimulatedDisk, to = 31): Promise<void> {
    await opened(disk, async (store) => {
      await write(store, 1, 12)
      await compact(store, 11)
      await write(store, 13, 16)
      await compact(store, 15)
      await write(store, 17, to)
    })
  }

  it('is not filled with zeros first, and its old records are not read', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async (store) => {
      await write(store, 1, 12)
      await compact(store, 11)
      await write(store, 13, 18)
    })
    const last = segmentsOn(disk).at(-1)!
    expect(isUsedAgain(disk, last)).toBe(true)
    const old = disk.get(last).filter((byte) => byte > 0 && byte <= 6)
    expect(old.length).toBeGreaterThan(200)
    const { entries } = await found(disk)
    expect(entries.map((entry) => Number(entry.split(' ')[0]))).toEqual([12, 13, 14, 15, 16, 17, 18])
  })

  it('can be opened at any length of its records', async () => {
    for (let to = 17; to <= 31; to++) {
      const disk = new SimulatedDisk()
      await recycled(disk, to)
      expect((await found(disk)).entries).toHaveLength(to - 15)
      await opened(disk, (store) => write(store, to + 1, to + 1))
      expect((await found(disk)).entries).toHaveLength(to - 14)
    }
  })

  it('loses nothing in a power cut at any moment, and is repaired', async () => {
    const disk = new SimulatedDisk()
    await recycled(disk)
    const before = await found(disk.clone())
    const cuts = await everyPowerCut(disk, (disk) => opened(disk, (store) => write(store, 32, 40)))
    const lengths = new Set<number>()
    for (const cut of cuts) {
      const { entries } = await found(cut)
      lengths.add(entries.length)
      expect(entries.slice(0, before.entries.length)).toEqual(before.entries)
      expect(await found(cut)).toMatchObject({ entries })
    }
    expect(lengths.size).toBe(10)
  })

  it('is refused if a bit of its last record flips', async () => {
    let tried = 0
    for (let to = 17; to <= 31; to++) {
      const disk = new SimulatedDisk()
      await recycled(disk, to)
      const file = segmentsOn(disk).at(-1)!
      if (!isUsedAgain(disk, file)) continue
      const data = Buffer.from(disk.get(file)).indexOf(Buffer.alloc(200, to))
      for (const at of [data - 60, data, data + 100, data + 199, data + 206]) {
        const damaged = changed(disk, file, (bytes) => xor(bytes, at, 1))
        await expect(found(damaged), `entry ${to}`).rejects.toMatchObject({ code: 'OARLOCK_CORRUPT_LOG' })
        tried++
      }
    }
    expect(tried).toBeGreaterThan(20)
  })

  it('may get the bytes again that it had', async () => {
    const data = new Uint8Array(700).fill(5)
    const same = async (store: DiskLogStore, from: number, to: number): Promise<void> => {
      for (let at = from; at <= to; at++) {
        await store.write([persistOf({ entries: entriesFrom(at, 1, data) })])
        await turns(4)
      }
    }
    for (let to = 10; to <= 16; to++) {
      const disk = new SimulatedDisk()
      await opened(disk, async (store) => {
        await same(store, 1, 8)
        await compact(store, 7)
        await same(store, 9, to)
      })
      const { entries } = await found(disk)
      expect(entries).toHaveLength(to - 7)
      await opened(disk, (store) => same(store, to + 1, to + 2))
      expect((await found(disk)).entries).toHaveLength(to - 5)
    }
  })

  it('is not used for a write that is larger than a segment', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async (store) => {
      await write(store, 1, 12)
      await compact(store, 11)
      await write(store, 13, 17)
      await store.write([persistOf({ entries: entriesFrom(18, 1, new Uint8Array(5000).fill(9)) })])
      await write(store, 19, 25)
    })
    const { entries } = await found(disk)
    expect(entries).toHaveLength(14)
    await opened(disk, async (_, { log }) => {
      expect(log.entries(index(18), index(19), 0)[0]!.data).toEqual(new Uint8Array(5000).fill(9))
    })
  })
})

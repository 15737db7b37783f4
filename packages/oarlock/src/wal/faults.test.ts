import { LogWriteError } from '@oarlock/runtime'
import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { everyPowerCut } from '../../test/wal/log-on-disk.ts'
import { contentsOf } from '../../test/wal/log-state.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { WrongDataError } from '../errors.ts'
import { DiskLogStore } from './disk-log-store.ts'

const FIRST = '/data/00000001.wal'
const storeOn = (fileSystem: SimulatedDisk, segmentBytes = 1024 * 1024) =>
  new DiskLogStore({
    directory: '/data',
    cluster: 'c',
    id: 'a',
    fileSystem,
    segmentBytes,
    preallocate: false,
  })
const one = [persistOf({ hardState: hardStateOf(1, 'a'), entries: entriesFrom(1, 1, 'one') })]
const two = [persistOf({ entries: entriesFrom(2, 1, 'two') })]
const commitOnly = [persistOf({ hardState: hardStateOf(1, 'a', 1), mustSync: false })]
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  )

describe('a failed', () => {
  const failing = {
    write: (disk: SimulatedDisk): void => {
      disk.faults = {
        write: () => {
          throw new Error('ENOSPC: no space left on device')
        },
      }
    },
    'write that was short': (disk: SimulatedDisk): void => {
      disk.faults = { write: () => 11 }
    },
    fsync: (disk: SimulatedDisk): void => {
      disk.faults = { sync: async () => new Error('EIO: i/o error') }
    },
  }
  for (const [what, fail] of Object.entries(failing)) {
    it(`${what} rejects, and so does every later write, even if the disk works again`, async () => {
      const disk = new SimulatedDisk()
      const store = storeOn(disk)
      const { log } = await store.open()
      await store.write(one)
      fail(disk)
      const error = await failure(store.write(two))
      expect(error).toBeInstanceOf(LogWriteError)
      expect(error).toMatchObject({ code: 'OARLOCK_LOG_WRITE', outcome: 'unknown', cause: expect.any(Error) })
      disk.faults = {}
      const before = disk.get(FIRST)
      for (let again = 0; again < 3; again++)
        expect(await failure(store.write(two))).toBeInstanceOf(LogWriteError)
      expect(disk.get(FIRST)).toEqual(before)
      expect(log.lastIndex).toBe(1)
      await store.close()
      expect(disk.openHandles).toBe(0)
    })
  }

  it('directory sync of a new segment rejects the write that began it', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk, 65)
    await store.open()
    await store.write(one)
    disk.faults = { syncDirectory: async () => new Error('EIO: i/o error') }
    expect(await failure(store.write(two))).toBeInstanceOf(LogWriteError)
    await store.close()
  })
})

describe('entries that were read count as durable only once they are:', () => {
  it('a write whose fsync failed is written again when the log is opened', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk)
    await store.open()
    await store.write(one)
    await store.write(commitOnly)
    disk.faults = { sync: async () => new Error('EIO: i/o error') }
    const last = persistOf({ hardState: hardStateOf(2, 'b', 1), entries: entriesFrom(3, 2, 'three') })
    expect(await failure(store.write([...two, last]))).toBeInstanceOf(LogWriteError)
    await store.close()
    disk.faults = {}

    const reopened = storeOn(disk)
    const found = contentsOf(await reopened.open())
    expect(found.entries).toHaveLength(3)
    const afterwards = storeOn(disk.powerCut(() => 0))
    expect(contentsOf(await afterwards.open())).toEqual(found)
  })

  it('so is a write whose process was killed before the fsync, and commits before it that needed no fsync', async () => {
    for (const segmentBytes of [65, 1024]) {
      const disk = new SimulatedDisk()
      const store = storeOn(disk, segmentBytes)
      await store.open()
      await store.write(one)
      await store.write(commitOnly)
      disk.faults = { sync: () => new Promise(() => {}) }
      void store.write(two)
      disk.kill()
      disk.faults = {}

      const found = contentsOf(await storeOn(disk, segmentBytes).open())
      expect(found.hardState.commit).toBe(1)
      const afterwards = storeOn(
        disk.powerCut(() => 0),
        segmentBytes,
      )
      expect(contentsOf(await afterwards.open())).toEqual(found)
    }
  })
})

describe('fsyncs', () => {
  it('are one per batch, and none if no part must be synced', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk)
    await store.open()
    const calls: string[] = []
    disk.faults = {
      write: (_, bytes) => {
        calls.push('write')
        return bytes
      },
      sync: async () => {
        calls.push('sync')
        return null
      },
    }
    await store.write([...one, ...two, persistOf({ entries: entriesFrom(3, 1, 'three') })])
    await store.write(commitOnly)
    expect(calls).toEqual(['write', 'sync', 'write'])
    await store.close()
  })

  it('of a full segment come before the next one is begun, and its name is durable before a write is acknowledged', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk, 65)
    await store.open()
    await store.write(one)
    await store.write(commitOnly)
    const calls: string[] = []
    disk.faults = {
      write: (file, bytes) => {
        calls.push(`write ${file}`)
        return bytes
      },
      sync: async (file) => {
        calls.push(`sync ${file}`)
        return null
      },
      syncDirectory: async () => {
        calls.push('sync directory')
        return null
      },
    }
    await store.write(two)
    const [second, third] = ['/data/00000002.wal', '/data/00000003.wal']
    expect(calls).toEqual([
      `sync ${second}`,
      'sync directory',
      `write ${third}`,
      `write ${third}`,
      `sync ${third}`,
      'sync directory',
    ])
    await store.close()
  })
})

describe('a directory', () => {
  it('of another member or another cluster is refused, with an error that names both', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk)
    await store.open()
    await store.write(one)
    await store.close()
    for (const [cluster, id] of [
      ['c', 'b'],
      ['d', 'a'],
    ] as const) {
      const other = new DiskLogStore({
        directory: '/data',
        cluster,
        id,
        fileSystem: disk,
        preallocate: false,
      })
      const error = await failure(other.open())
      expect(error).toBeInstanceOf(WrongDataError)
      expect((error as Error).message).toBe(
        id === 'b'
          ? "/data holds the data of member 'a' of cluster 'c', not of member 'b' of cluster 'c': point this member at its own directory"
          : "/data holds the data of member 'a', which took part with cluster 'c', and it was started now with cluster 'd'. Start it as before, or point it at its own directory. How a cluster changes its members is in docs/errors.md, “Other members”",
      )
    }
    expect((await store.open()).log.lastIndex).toBe(1)
    await store.close()
  })

  it('whose directory sync failed when it was made can be opened after any later power cut', async () => {
    const preallocating = (fileSystem: SimulatedDisk) =>
      new DiskLogStore({ directory: '/data', cluster: 'c', id: 'a', fileSystem, segmentBytes: 4096 })
    const disk = new SimulatedDisk()
    let syncs = 0
    disk.faults = { syncDirectory: async () => (++syncs === 2 ? new Error('EIO: i/o error') : null) }
    expect(await failure(preallocating(disk).open())).toMatchObject({ cause: new Error('EIO: i/o error') })
    expect(disk.exists('/data/meta.json')).toBe(true)

    const cuts = await everyPowerCut(disk, async () => {
      const store = preallocating(disk)
      await store.open()
      await store.close()
    })
    expect(cuts.length).toBeGreaterThan(3)
    for (const left of cuts) expect((await preallocating(left).open()).log.lastIndex).toBe(0)
  })

  it('is free again after an open that was refused', async () => {
    const disk = new SimulatedDisk()
    await storeOn(disk).open()
    expect(await failure(storeOn(disk).open())).toMatchObject({ code: 'OARLOCK_DATA_LOCKED' })
    disk.kill()
    const wrong = new DiskLogStore({
      directory: '/data',
      cluster: 'c',
      id: 'b',
      fileSystem: disk,
      preallocate: false,
    })
    expect(await failure(wrong.open())).toBeInstanceOf(WrongDataError)
    await storeOn(disk).open()
  })

  it('gets another incarnation each time it is made', async () => {
    const [first, second] = [new SimulatedDisk(), new SimulatedDisk()]
    for (const disk of [first, second]) {
      const store = storeOn(disk)
      await store.open()
      await store.close()
    }
    expect(first.get('/data/meta.json')).not.toEqual(second.get('/data/meta.json'))
  })
})

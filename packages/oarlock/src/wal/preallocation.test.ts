import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changed, FIRST, SECOND, xor } from '../../test/wal/log-on-disk.ts'
import { contentsOf } from '../../test/wal/log-state.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { DiskLogStore } from './disk-log-store.ts'
import { withoutZeros } from './preallocation.ts'

const SPARE = '/data/spare.wal'
const segmentBytes = 4096
const storeOn = (fileSystem: SimulatedDisk) =>
  new DiskLogStore({ directory: '/data', cluster: 'c', id: 'a', fileSystem, segmentBytes })
const one = [persistOf({ hardState: hardStateOf(1, 'a'), entries: entriesFrom(1, 1, 'one') })]
const two = [persistOf({ entries: entriesFrom(2, 1, 'two') })]
const large = (index: number) => [persistOf({ entries: entriesFrom(index, 1, Buffer.alloc(2500, 'x')) })]

async function opened<T>(disk: SimulatedDisk, use: (store: DiskLogStore) => Promise<T>): Promise<T> {
  const store = storeOn(disk)
  await store.open()
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

async function read(disk: SimulatedDisk): Promise<ReturnType<typeof contentsOf>> {
  const store = storeOn(disk)
  try {
    return contentsOf(await store.open())
  } finally {
    await store.close()
  }
}

describe('a segment that is filled with zeros ahead', () => {
  it('grows ahead of its records, up to its full length, and is read back without the zeros', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async (store) => {
      await store.write(one)
      expect(disk.get(FIRST).length).toBeLessThan(segmentBytes / 4)
      for (let i = 2; i <= 70; i++) {
        await store.write([persistOf({ entries: entriesFrom(i, 1, 'x') })])
        const used = withoutZeros(disk.get(FIRST), 0).length
        expect(disk.get(FIRST).length - used).toBeGreaterThanOrEqual(Math.min(100, segmentBytes - used))
        expect(disk.get(FIRST).length).toBeLessThanOrEqual(segmentBytes)
      }
    })
    expect(disk.exists(SECOND)).toBe(true)
    expect(disk.get(FIRST).length).toBe(segmentBytes)
    expect((await read(disk)).entries).toHaveLength(70)
  })

  it('whose last write was torn is repaired, and filled again', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, (store) => store.write(one))
    const state = await read(disk)
    const end = withoutZeros(disk.get(FIRST), 0).length
    await opened(disk, (store) => store.write(large(2)))
    // Its middle never reached the disk.
    const torn = changed(disk, FIRST, (bytes) => bytes.fill(0, end + 600, end + 1700))
    expect(await read(torn)).toEqual(state)
    expect(withoutZeros(torn.get(FIRST), 0).length).toBe(end)
    expect(torn.get(FIRST).length).toBe(end + segmentBytes / 16)
  })

  it('is refused if a record in it is damaged', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, (store) => store.write(one))
    const end = withoutZeros(disk.get(FIRST), 0).length
    await expect(read(changed(disk, FIRST, (bytes) => xor(bytes, end - 3, 1)))).rejects.toMatchObject({
      code: 'OARLOCK_CORRUPT_LOG',
    })
  })

  it('is followed by one that was made in the background', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, async (store) => {
      await store.write(large(1))
      // The spare is made in the background, one step per turn.
      for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
      expect(disk.exists(SPARE)).toBe(true)
      await store.write(large(2))
      expect(disk.get(SECOND).length).toBe(segmentBytes)
    })
    expect((await read(disk)).entries).toHaveLength(2)
  })

  it('is followed by one that grows if the spare was not ready or could not be made', async () => {
    const disk = new SimulatedDisk()
    disk.faults = { write: (file, bytes) => (file === SPARE ? 0 : bytes) }
    await opened(disk, async (store) => {
      await store.write(large(1))
      await store.write(large(2))
    })
    expect(disk.exists(SPARE)).toBe(false)
    disk.faults = {}
    expect((await read(disk)).entries).toHaveLength(2)
  })

  it('is opened although there is no space to fill it, and grows as it is written to', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, (store) => store.write(one))
    const used = withoutZeros(disk.get(FIRST), 0).length
    const grown = changed(disk, FIRST, (bytes) => bytes.slice(0, used))
    const room = used + 100
    grown.faults = { write: (_, bytes, position) => Math.min(bytes, Math.max(0, room - position)) }
    await opened(grown, (store) => store.write(two))
    expect((await read(grown)).entries).toHaveLength(2)
    await opened(grown, async (store) => {
      await expect(store.write(large(3))).rejects.toMatchObject({ code: 'OARLOCK_LOG_WRITE' })
    })
    expect((await read(grown)).entries).toHaveLength(2)
  })

  it('leaves no spare behind, and does not use one that a crash left', async () => {
    const disk = new SimulatedDisk()
    await opened(disk, (store) => store.write(large(1)))
    expect(disk.exists(SPARE)).toBe(false)
    disk.put(SPARE, new Uint8Array(100))
    expect((await read(disk)).entries).toHaveLength(1)
    expect(disk.exists(SPARE)).toBe(false)
  })
})

it('withoutZeros cuts off the zeros at the end and nothing else', () => {
  const bytes = fc.uint8Array({ maxLength: 40 })
  fc.assert(
    fc.property(bytes, fc.nat(60), fc.nat(10), fc.nat(7), (head, zeros, atLeast, offset) => {
      const file = Buffer.concat([Buffer.alloc(offset), head, Buffer.alloc(zeros)]).subarray(offset)
      let end = head.length
      while (end > 0 && head[end - 1] === 0) end--
      const expected = Math.max(end, Math.min(atLeast, file.length))
      expect(withoutZeros(file, atLeast).length).toBe(expected)
    }),
  )
})

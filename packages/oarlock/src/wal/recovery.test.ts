import type { Persist } from '@oarlock/core'
import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { changed, FIRST, read, SECOND, three, written, xor } from '../../test/wal/log-on-disk.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { SEGMENT_HEADER_BYTES } from './segment.ts'

describe('a torn tail', () => {
  it('is cut off, at any byte of the last batch; everything acknowledged before is there', async () => {
    const disk = new SimulatedDisk()
    const acknowledged = [
      [persistOf({ hardState: hardStateOf(1, 'a', 0), entries: entriesFrom(1, 1, 'one', 'two') })],
    ]
    const last = [
      persistOf({ hardState: hardStateOf(2, 'b', 1) }),
      persistOf({ entries: entriesFrom(2, 2, 'instead of two', 'three') }),
      persistOf({ hardState: hardStateOf(2, 'b', 2), entries: entriesFrom(4, 2, 'four') }),
    ]
    const [, before, after] = await written(disk, [...acknowledged, last])
    const allowed = await Promise.all(
      [0, 1, 2, 3].map(async (count) => {
        const prefix = new SimulatedDisk()
        await written(prefix, [...acknowledged, last.slice(0, count)])
        return read(prefix)
      }),
    )
    let reached = 0
    for (let length = before!; length <= after!; length++) {
      const cut = changed(disk, FIRST, (bytes) => bytes.slice(0, length))
      const found = await read(cut)
      const prefix = allowed.findIndex((state) => JSON.stringify(state) === JSON.stringify(found))
      expect(prefix, `cut at byte ${length}`).toBeGreaterThanOrEqual(reached)
      reached = prefix
      // The next write follows what was kept.
      await written(cut, [[persistOf({ entries: entriesFrom(found.entries.length + 1, 9, 'and on') })]])
      expect((await read(cut)).entries).toEqual([
        ...found.entries,
        `${found.entries.length + 1} 9 normal 616e64206f6e`,
      ])
    }
    expect(reached).toBe(3)
  })

  it('of zeros, of any length, is unused space: the log goes on where it ended', async () => {
    for (const zeros of [1, 7, 8, 23, 24, 500, 512, 4096, 100_001]) {
      const disk = new SimulatedDisk()
      await written(disk, three)
      const state = await read(disk)
      const padded = changed(disk, FIRST, (bytes) => Buffer.concat([bytes, Buffer.alloc(zeros)]))
      expect(await read(padded)).toEqual(state)
      await written(padded, [[persistOf({ entries: entriesFrom(4, 2, 'after the zeros') })]])
      expect((await read(padded)).entries).toHaveLength(4)
    }
  })

  it('is detected by any sector that was not written, although later records of the same write were', async () => {
    const disk = new SimulatedDisk()
    const large = (at: number): Persist =>
      persistOf({ entries: entriesFrom(at, 1, new Uint8Array(1800).fill(at)) })
    const [, before, after] = await written(disk, [
      [persistOf({ entries: entriesFrom(1, 1, 'one') })],
      [large(2), large(3), large(4)],
    ])
    for (let sector = Math.floor(before! / 512); sector * 512 < after!; sector++) {
      const torn = changed(disk, FIRST, (bytes) =>
        bytes.fill(0, Math.max(before!, sector * 512), (sector + 1) * 512),
      )
      const { entries } = await read(torn)
      const recordsBefore = Math.floor((sector * 512 - before!) / ((after! - before!) / 3))
      expect(entries.length, `sector ${sector}`).toBe(1 + Math.max(0, recordsBefore))
    }
  })

  it('of a segment whose header was torn is the whole file', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three.slice(0, 2))
    const state = await read(disk)
    await written(disk, [three[2]!], 65)
    const second = disk.get(SECOND)
    for (const remains of [
      second.slice(0, 0),
      second.slice(0, 63),
      new Uint8Array(64),
      new Uint8Array(second.length),
    ]) {
      const torn = changed(disk, SECOND, () => remains)
      expect(await read(torn)).toEqual(state)
      expect(torn.exists(SECOND)).toBe(false)
      await written(torn, [three[2]!], 65)
      expect((await read(torn)).entries).toHaveLength(3)
    }
  })

  it('may be a segment without any record', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three.slice(0, 2))
    const state = await read(disk)
    await written(disk, [three[2]!], 65)
    expect(await read(changed(disk, SECOND, (bytes) => bytes.slice(0, SEGMENT_HEADER_BYTES)))).toEqual(state)
  })
})

describe('damage that looks like a torn write', () => {
  it('in a last record with a sector of zeros in its data is cut off', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three)
    const state = await read(disk)
    const from = disk.get(FIRST).length
    await written(disk, [[persistOf({ entries: entriesFrom(4, 2, new Uint8Array(2048)) })]])
    expect(await read(changed(disk, FIRST, (bytes) => xor(bytes, from + 30, 1)))).toEqual(state)
  })
})

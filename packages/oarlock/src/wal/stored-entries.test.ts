import { type Entry, index, type LogReader } from '@oarlock/core'
import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FIRST, storeOn, xor } from '../../test/wal/log-on-disk.ts'
import { entryAsText } from '../../test/wal/log-state.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'

const texts = (log: LogReader, from: number, to: number, maxBytes = 1e9): readonly string[] =>
  log.entries(index(from), index(to), maxBytes).map(entryAsText)

describe('entries that are no longer in memory', () => {
  it('are read from their segments, whatever was replaced, and whatever is asked for', async () => {
    const write = fc.record({
      back: fc.nat(6),
      sizes: fc.array(fc.nat(300), { minLength: 1, maxLength: 6 }),
      hardStateOnly: fc.boolean(),
    })
    const options = fc.record({
      segmentBytes: fc.constantFrom(600, 3000, 100_000),
      memoryBytes: fc.constantFrom(0, 200, 1500),
      preallocate: fc.boolean(),
    })
    const questions = fc.array(fc.tuple(fc.nat(200), fc.nat(40), fc.nat(900)), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { minLength: 1, maxLength: 40 }),
        options,
        questions,
        fc.boolean(),
        async (writes, options, questions, restart) => {
          const disk = new SimulatedDisk()
          let store = storeOn(disk, options)
          let { log } = await store.open()
          let expected: Entry[] = []
          let term = 1
          for (const { back, sizes, hardStateOnly } of writes) {
            const first = Math.max(1, expected.length + 1 - back)
            if (first <= expected.length) term++
            const entries = entriesFrom(first, term, ...sizes.map((size) => new Uint8Array(size).fill(term)))
            const state = hardStateOnly ? [persistOf({ hardState: hardStateOf(term) })] : []
            await store.write([...state, persistOf({ entries })])
            expected = [...expected.slice(0, first - 1), ...entries]
          }
          if (restart) {
            await store.close()
            store = storeOn(disk, options)
            log = (await store.open()).log
          }
          const whole = expected.map(entryAsText)
          expect(texts(log, 1, expected.length + 1)).toEqual(whole)
          expect(expected.map(({ index }) => log.termAt(index))).toEqual(expected.map(({ term }) => term))
          for (const [from, length, most] of questions) {
            const start = (from % expected.length) + 1
            const end = Math.min(expected.length + 1, start + 1 + length)
            const found = log.entries(index(start), index(end), most)
            let bytes = 0
            let fitting = 0
            for (const { data } of expected.slice(start - 1, end - 1)) {
              bytes += data.length
              if (bytes > most && fitting > 0) break
              fitting++
            }
            expect(found.map(entryAsText)).toEqual(whole.slice(start - 1, start - 1 + fitting))
          }
          await store.close()
          expect(disk.openHandles).toBe(0)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('are found far back in a long log, in large records and small ones', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk, { memoryBytes: 100_000, segmentBytes: 1_000_000 })
    const { log } = await store.open()
    for (let at = 1; at <= 3000; at += 10)
      await store.write([
        persistOf({
          entries: entriesFrom(at, at, ...Array.from({ length: 10 }, (_, i) => 'x'.repeat(at + i))),
        }),
      ])
    await store.write([persistOf({ entries: entriesFrom(3001, 3001, new Uint8Array(400_000).fill(7)) })])
    await store.write([persistOf({ entries: entriesFrom(3002, 3002, 'last') })])
    for (const at of [1, 2, 500, 2999, 3000]) {
      const [entry] = log.entries(index(at), index(at + 1), 0)
      expect([entry!.index, entry!.data.length]).toEqual([at, at])
    }
    const [large] = log.entries(index(3001), index(3003), 1)
    expect(large!.data).toEqual(new Uint8Array(400_000).fill(7))
    await store.close()
  })

  it('stay as they are for whoever has them', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk, { memoryBytes: 0 })
    const { log } = await store.open()
    for (let at = 1; at <= 5; at++)
      await store.write([persistOf({ entries: entriesFrom(at, 1, `entry ${at}`) })])
    const [first] = log.entries(index(1), index(2), 0)
    const [last] = log.entries(index(5), index(6), 0)
    for (let at = 6; at <= 50; at++)
      await store.write([persistOf({ entries: entriesFrom(at, 1, 'x'.repeat(99)) })])
    texts(log, 1, 51)
    expect([first!, last!].map(({ data }) => Buffer.from(data).toString())).toEqual(['entry 1', 'entry 5'])
    await store.close()
  })
})

describe('a record that changes on disk after it was read', () => {
  const written = async (disk: SimulatedDisk) => {
    const store = storeOn(disk, { memoryBytes: 0 })
    const { log } = await store.open()
    const ends: number[] = []
    for (let at = 1; at <= 4; at++) {
      await store.write([persistOf({ entries: entriesFrom(at, at, `entry ${at}`) })])
      ends.push(disk.get(FIRST).length)
    }
    return { store, log, ends }
  }

  it('is refused with the file and the byte, at any byte, and never read as an entry', async () => {
    const disk = new SimulatedDisk()
    const { store, log, ends } = await written(disk)
    const good = disk.get(FIRST)
    for (let at = ends[0]!; at < ends[1]!; at++) {
      disk.overwrite(FIRST, xor(good.slice(), at, 4))
      expect(() => texts(log, 2, 3)).toThrow(
        expect.objectContaining({
          code: 'OARLOCK_CORRUPT_LOG',
          message: expect.stringContaining(`${FIRST} is damaged at byte ${ends[0]}`),
        }),
      )
      expect(texts(log, 1, 2)).toEqual(['1 1 normal 656e7472792031'])
    }
    disk.overwrite(FIRST, good)
    expect(texts(log, 2, 3)).toEqual(['2 2 normal 656e7472792032'])
    await store.close()
  })

  it('and has become another record is refused, too', async () => {
    const disk = new SimulatedDisk()
    const { store, log, ends } = await written(disk)
    const good = disk.get(FIRST)
    const moved = good.slice()
    moved.copyWithin(ends[1]!, ends[0]!, ends[1]!)
    disk.overwrite(FIRST, moved)
    expect(() => texts(log, 3, 4)).toThrow(expect.objectContaining({ code: 'OARLOCK_CORRUPT_LOG' }))
    await store.close()
  })

  it('cannot be read: the error names the file and what the system says', async () => {
    const disk = new SimulatedDisk()
    const { store, log } = await written(disk)
    disk.faults = {
      read: () => {
        throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
      },
    }
    expect(() => texts(log, 1, 2)).toThrow(
      expect.objectContaining({ code: 'OARLOCK_DATA_ACCESS', message: expect.stringContaining(FIRST) }),
    )
    await store.close()
  })
})

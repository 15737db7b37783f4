// What every log store does, as a suite: run it against yours. It brings no test runner; hand vitest's (or one with the
// same words) in.
import { emptyHardState, index, type LogReader } from '@oarlock/core'
import type { LogStore } from '../member/ports.ts'
import { contentsOf, entriesFrom, entryAsText, hardStateOf, persistOf } from './specimens.ts'

/** One disk, empty at first, and stores on it. */
export interface LogStoreUnderTest {
  /** A store on the disk, not yet open. Called again once the one before is closed. */
  store(): LogStore
  /** Called at the end of each test, with every store closed. */
  dispose?(): Promise<void>
}

/** What is needed of a test runner. */
export interface TestRunner {
  describe(name: string, suite: () => void): unknown
  it(name: string, test: () => Promise<void>): unknown
  expect(actual: unknown): { toEqual(expected: unknown): void; toBe(expected: unknown): void }
}

/** Defines the suite; `make` is called once a test. */
export function logStoreConformance(
  name: string,
  make: () => LogStoreUnderTest | Promise<LogStoreUnderTest>,
  { describe, it, expect }: TestRunner,
): void {
  const onNewDisk = (what: string, test: (disk: LogStoreUnderTest) => Promise<void>): void => {
    it(what, async () => {
      const disk = await make()
      try {
        await test(disk)
      } finally {
        await disk.dispose?.()
      }
    })
  }
  const found = async (disk: LogStoreUnderTest): Promise<ReturnType<typeof contentsOf>> => {
    const store = disk.store()
    const contents = contentsOf(await store.open())
    await store.close()
    return contents
  }
  const outcome = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'done',
      (error: { code?: string }) => error.code ?? 'an error without a code',
    )
  const textsOf = (log: LogReader, from: number, to: number, maxBytes: number): readonly string[] =>
    log.entries(index(from), index(to), maxBytes).map(entryAsText)

  describe(`log store: ${name}`, () => {
    onNewDisk('begins empty', async (disk) => {
      const store = disk.store()
      const { hardState, log } = await store.open()
      expect(hardState).toEqual(emptyHardState)
      expect([log.firstIndex, log.lastIndex, log.snapshot]).toEqual([1, 0, null])
      expect([log.termAt(index(0)), log.termAt(index(1))]).toEqual([0, undefined])
      await store.close()
    })

    onNewDisk('shows a write once it is done, not before', async (disk) => {
      const store = disk.store()
      const { log } = await store.open()
      const write = store.write([persistOf({ entries: entriesFrom(1, 1, 'a', 'b') })])
      expect(log.lastIndex).toBe(0)
      await write
      expect(log.lastIndex).toBe(2)
      expect([0, 1, 2, 3].map((at) => log.termAt(index(at)))).toEqual([0, 1, 1, undefined])
      expect(textsOf(log, 1, 3, 100)).toEqual(entriesFrom(1, 1, 'a', 'b').map(entryAsText))
      await store.close()
    })

    onNewDisk('finds term, vote, commit and entries again', async (disk) => {
      const store = disk.store()
      await store.open()
      await store.write([
        persistOf({ hardState: hardStateOf(3, 'größter-Knoten', 1), entries: entriesFrom(1, 3, 'a', '') }),
      ])
      await store.write([
        persistOf({ entries: [{ ...entriesFrom(3, 3, 'voters')[0]!, type: 'configuration' }] }),
      ])
      await store.write([persistOf({ hardState: hardStateOf(4, null, 2) })])
      await store.close()
      const { hardState, entries } = await found(disk)
      expect(hardState).toEqual(hardStateOf(4, null, 2))
      expect(entries).toEqual(['1 3 normal 61', '2 3 normal ', '3 3 configuration 766f74657273'])
    })

    onNewDisk('finds the largest numbers again', async (disk) => {
      const store = disk.store()
      await store.open()
      const most = Number.MAX_SAFE_INTEGER
      await store.write([
        persistOf({ hardState: hardStateOf(most, 'a', 2 ** 32 + 1), entries: entriesFrom(1, most, 'x') }),
      ])
      await store.close()
      const { hardState, entries } = await found(disk)
      expect(hardState).toEqual(hardStateOf(most, 'a', 2 ** 32 + 1))
      expect(entries).toEqual([`1 ${most} normal 78`])
    })

    onNewDisk('makes all parts of a batch durable, in order', async (disk) => {
      const store = disk.store()
      await store.open()
      await store.write([
        persistOf({ hardState: hardStateOf(1, 'a'), entries: entriesFrom(1, 1, 'a', 'b', 'c') }),
        persistOf({ hardState: hardStateOf(2, 'b'), entries: entriesFrom(3, 2, 'd') }),
        persistOf({}),
        persistOf({ hardState: hardStateOf(2, 'b', 3), mustSync: false }),
      ])
      await store.close()
      expect(await found(disk)).toEqual({
        hardState: hardStateOf(2, 'b', 3),
        entries: ['1 1 normal 61', '2 1 normal 62', '3 2 normal 64'],
      })
    })

    onNewDisk('cuts off what is at or after the first entry of a write', async (disk) => {
      const store = disk.store()
      const { log } = await store.open()
      await store.write([persistOf({ entries: entriesFrom(1, 1, 'a', 'b', 'c', 'd') })])
      await store.write([persistOf({ entries: entriesFrom(2, 2, 'x') })])
      expect(log.lastIndex).toBe(2)
      expect([1, 2, 3].map((at) => log.termAt(index(at)))).toEqual([1, 2, undefined])
      await store.close()
      expect((await found(disk)).entries).toEqual(['1 1 normal 61', '2 2 normal 78'])
    })

    onNewDisk('hands out at least one entry, then as many as fit', async (disk) => {
      const store = disk.store()
      const { log } = await store.open()
      await store.write([persistOf({ entries: entriesFrom(1, 1, 'aaaa', 'bbbb', 'cccc', 'dddd') })])
      const counts = [0, 4, 7, 8, 11, 12, 1000].map((most) => log.entries(index(1), index(5), most).length)
      expect(counts).toEqual([1, 1, 1, 2, 2, 3, 4])
      expect(textsOf(log, 2, 4, 1000)).toEqual(entriesFrom(2, 1, 'bbbb', 'cccc').map(entryAsText))
      await store.close()
    })

    onNewDisk('goes on where it stopped, time and again', async (disk) => {
      for (let round = 0; round < 5; round++) {
        const store = disk.store()
        const { log } = await store.open()
        expect(log.lastIndex).toBe(round)
        await store.write([persistOf({ entries: entriesFrom(round + 1, round + 1, `round ${round}`) })])
        await store.close()
      }
      expect((await found(disk)).entries.length).toBe(5)
    })

    onNewDisk('takes an empty batch', async (disk) => {
      const store = disk.store()
      await store.open()
      await store.write([])
      await store.write([persistOf({})])
      await store.close()
      expect(await found(disk)).toEqual({ hardState: emptyHardState, entries: [] })
    })

    onNewDisk('refuses a gap, and every write after that', async (disk) => {
      const store = disk.store()
      await store.open()
      await store.write([persistOf({ entries: entriesFrom(1, 1, 'a') })])
      expect(await outcome(store.write([persistOf({ entries: entriesFrom(3, 1, 'c') })]))).toBe(
        'OARLOCK_INVARIANT',
      )
      expect(await outcome(store.write([persistOf({ entries: entriesFrom(2, 1, 'b') })]))).toBe(
        'OARLOCK_LOG_WRITE',
      )
      await store.close()
      expect((await found(disk)).entries).toEqual(['1 1 normal 61'])
    })

    onNewDisk('refuses a second write while one is under way, and finishes the first', async (disk) => {
      const store = disk.store()
      const { log } = await store.open()
      const first = store.write([persistOf({ entries: entriesFrom(1, 1, 'a') })])
      expect(await outcome(store.write([persistOf({ entries: entriesFrom(2, 1, 'b') })]))).toBe(
        'OARLOCK_INVARIANT',
      )
      await first
      expect(log.lastIndex).toBe(1)
      await store.close()
    })

    onNewDisk('is open once at a time', async (disk) => {
      const store = disk.store()
      await store.open()
      expect(await outcome(store.open())).toBe('OARLOCK_DATA_LOCKED')
      await store.close()
      expect(await outcome(store.open())).toBe('done')
      await store.close()
    })

    onNewDisk('close waits for the write under way; it may be called twice', async (disk) => {
      const store = disk.store()
      await store.open()
      let written = false
      const write = store.write([persistOf({ entries: entriesFrom(1, 1, 'a') })]).then(() => {
        written = true
      })
      await Promise.all([store.close(), store.close()])
      expect(written).toBe(true)
      await write
      await store.close()
      expect((await found(disk)).entries).toEqual(['1 1 normal 61'])
    })

    onNewDisk('takes no write before it is open, nor after it is closed', async (disk) => {
      const store = disk.store()
      const write = [persistOf({ entries: entriesFrom(1, 1, 'a') })]
      expect(await outcome(store.write(write))).toBe('OARLOCK_LOG_WRITE')
      await store.open()
      await store.close()
      expect(await outcome(store.write(write))).toBe('OARLOCK_LOG_WRITE')
      expect((await found(disk)).entries).toEqual([])
    })
  })
}

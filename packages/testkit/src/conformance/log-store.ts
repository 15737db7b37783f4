// The tests that every LogStore must pass. Run them against your own.
import assert from 'node:assert/strict'
import { emptyHardState, index, type LogReader } from '@oarlock/core'
import type { PeerRecord, StoredIdentity } from '@oarlock/runtime'
import { compactionTests } from './log-compaction.ts'
import {
  contentsOf,
  entriesFrom,
  entryAsText,
  hardStateOf,
  noPeers,
  outcome,
  peerOf,
  persistOf,
  twoPeers,
} from './log-specimens.ts'
import type { CheckOnDisk, LogStoreTraits, LogStoreUnderTest } from './log-store-under-test.ts'
import { snapshotTests } from './snapshot-store.ts'
import type { TestRunner } from './test-runner.ts'

/** Defines the suite; `make` is called once a test. */
export function logStoreConformance(
  name: string,
  { describe, test: check }: TestRunner,
  make: () => LogStoreUnderTest | Promise<LogStoreUnderTest>,
  { snapshots = true }: LogStoreTraits = {},
): void {
  const onNewDisk: CheckOnDisk = (what, test) => {
    check(what, async () => {
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
  const started = async (disk: LogStoreUnderTest, record?: PeerRecord): Promise<StoredIdentity> => {
    const store = disk.store()
    const { identity } = await store.open()
    if (record !== undefined) await store.recordPeers(record)
    await store.close()
    return identity
  }
  const textsOf = (log: LogReader, from: number, to: number, maxBytes: number): readonly string[] =>
    log.entries(index(from), index(to), maxBytes).map(entryAsText)

  describe(`log store: ${name}`, () => {
    onNewDisk('begins empty', async (disk) => {
      const store = disk.store()
      const { hardState, log } = await store.open()
      assert.deepEqual(hardState, emptyHardState)
      assert.deepEqual([log.firstIndex, log.lastIndex, log.snapshot], [1, 0, null])
      assert.deepEqual([log.termAt(index(0)), log.termAt(index(1))], [0, undefined])
      await store.close()
    })

    onNewDisk('shows a write when it is done, and not before', async (disk) => {
      const store = disk.store()
      const { log } = await store.open()
      const write = store.write([persistOf({ entries: entriesFrom(1, 1, 'a', 'b') })])
      assert.equal(log.lastIndex, 0)
      await write
      assert.equal(log.lastIndex, 2)
      assert.deepEqual(
        [0, 1, 2, 3].map((at) => log.termAt(index(at))),
        [0, 1, 1, undefined],
      )
      assert.deepEqual(textsOf(log, 1, 3, 100), entriesFrom(1, 1, 'a', 'b').map(entryAsText))
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
      assert.deepEqual(hardState, hardStateOf(4, null, 2))
      assert.deepEqual(entries, ['1 3 normal 61', '2 3 normal ', '3 3 configuration 766f74657273'])
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
      assert.deepEqual(hardState, hardStateOf(most, 'a', 2 ** 32 + 1))
      assert.deepEqual(entries, [`1 ${most} normal 78`])
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
      assert.deepEqual(await found(disk), {
        hardState: hardStateOf(2, 'b', 3),
        entries: ['1 1 normal 61', '2 1 normal 62', '3 2 normal 64'],
      })
    })

    onNewDisk('cuts off what is at or after the first entry of a write', async (disk) => {
      const store = disk.store()
      const { log } = await store.open()
      await store.write([persistOf({ entries: entriesFrom(1, 1, 'a', 'b', 'c', 'd') })])
      await store.write([persistOf({ entries: entriesFrom(2, 2, 'x') })])
      assert.equal(log.lastIndex, 2)
      assert.deepEqual(
        [1, 2, 3].map((at) => log.termAt(index(at))),
        [1, 2, undefined],
      )
      await store.close()
      assert.deepEqual((await found(disk)).entries, ['1 1 normal 61', '2 2 normal 78'])
    })

    onNewDisk('returns at least one entry, then as many as fit', async (disk) => {
      const store = disk.store()
      const { log } = await store.open()
      await store.write([persistOf({ entries: entriesFrom(1, 1, 'aaaa', 'bbbb', 'cccc', 'dddd') })])
      const counts = [0, 4, 7, 8, 11, 12, 1000].map((most) => log.entries(index(1), index(5), most).length)
      assert.deepEqual(counts, [1, 1, 1, 2, 2, 3, 4])
      assert.deepEqual(textsOf(log, 2, 4, 1000), entriesFrom(2, 1, 'bbbb', 'cccc').map(entryAsText))
      await store.close()
    })

    onNewDisk('continues where it stopped, after every restart', async (disk) => {
      for (let round = 0; round < 5; round++) {
        const store = disk.store()
        const { log } = await store.open()
        assert.equal(log.lastIndex, round)
        await store.write([persistOf({ entries: entriesFrom(round + 1, round + 1, `round ${round}`) })])
        await store.close()
      }
      assert.equal((await found(disk)).entries.length, 5)
    })

    onNewDisk('accepts an empty batch', async (disk) => {
      const store = disk.store()
      await store.open()
      await store.write([])
      await store.write([persistOf({})])
      await store.close()
      assert.deepEqual(await found(disk), { hardState: emptyHardState, entries: [] })
    })

    onNewDisk('refuses a gap, and every write after it', async (disk) => {
      const store = disk.store()
      await store.open()
      await store.write([persistOf({ entries: entriesFrom(1, 1, 'a') })])
      assert.equal(
        await outcome(store.write([persistOf({ entries: entriesFrom(3, 1, 'c') })])),
        'OARLOCK_INVARIANT',
      )
      assert.equal(
        await outcome(store.write([persistOf({ entries: entriesFrom(2, 1, 'b') })])),
        'OARLOCK_LOG_WRITE',
      )
      await store.close()
      assert.deepEqual((await found(disk)).entries, ['1 1 normal 61'])
    })

    onNewDisk('refuses a second write while one is under way, and finishes the first', async (disk) => {
      const store = disk.store()
      const { log } = await store.open()
      const first = store.write([persistOf({ entries: entriesFrom(1, 1, 'a') })])
      assert.equal(
        await outcome(store.write([persistOf({ entries: entriesFrom(2, 1, 'b') })])),
        'OARLOCK_INVARIANT',
      )
      await first
      assert.equal(log.lastIndex, 1)
      await store.close()
    })

    onNewDisk('cannot be opened twice at a time', async (disk) => {
      const store = disk.store()
      await store.open()
      assert.equal(await outcome(store.open()), 'OARLOCK_DATA_LOCKED')
      await store.close()
      assert.equal(await outcome(store.open()), 'done')
      await store.close()
    })

    onNewDisk('waits on close for the write under way, and may be closed twice', async (disk) => {
      const store = disk.store()
      await store.open()
      let written = false
      const write = store.write([persistOf({ entries: entriesFrom(1, 1, 'a') })]).then(() => {
        written = true
      })
      await Promise.all([store.close(), store.close()])
      assert.equal(written, true)
      await write
      await store.close()
      assert.deepEqual((await found(disk)).entries, ['1 1 normal 61'])
    })

    onNewDisk('refuses a write before it is open and after it is closed', async (disk) => {
      const store = disk.store()
      const write = [persistOf({ entries: entriesFrom(1, 1, 'a') })]
      assert.equal(await outcome(store.write(write)), 'OARLOCK_LOG_WRITE')
      await store.open()
      await store.close()
      assert.equal(await outcome(store.write(write)), 'OARLOCK_LOG_WRITE')
      assert.deepEqual((await found(disk)).entries, [])
    })

    onNewDisk('has one incarnation, whatever is written', async (disk) => {
      const { incarnation } = await started(disk)
      assert.match(incarnation, /^[0-9a-f]+$/)
      const store = disk.store()
      await store.open()
      await store.write([persistOf({ entries: entriesFrom(1, 1, 'a') })])
      await store.close()
      assert.equal((await started(disk)).incarnation, incarnation)
    })

    onNewDisk('knows every start so far, each with a token of its own', async (disk) => {
      const tokens: string[] = []
      for (let count = 1; count <= 5; count++) {
        const { starts } = await started(disk)
        assert.equal(starts.count, count)
        assert.match(starts.recent.at(-1)!, /^[0-9a-f]{8,}$/)
        assert.deepEqual(starts.recent.slice(0, -1), tokens)
        tokens.push(starts.recent.at(-1)!)
      }
      assert.equal(new Set(tokens).size, tokens.length)
    })

    onNewDisk('finds the last record of the peers again', async (disk) => {
      const { record } = await started(disk, { founded: false, peers: new Map([['b', peerOf(1)]]) })
      assert.deepEqual(record, noPeers)
      assert.deepEqual((await started(disk, twoPeers)).record.peers, new Map([['b', peerOf(1)]]))
      assert.deepEqual((await started(disk, noPeers)).record, twoPeers)
      assert.deepEqual((await started(disk)).record, noPeers)
    })

    onNewDisk('records the peers beside a write, and close waits for both', async (disk) => {
      const store = disk.store()
      await store.open()
      const done: string[] = []
      const write = store
        .write([persistOf({ entries: entriesFrom(1, 1, 'a') })])
        .then(() => done.push('write'))
      const record = store.recordPeers(twoPeers).then(() => done.push('record'))
      await store.close()
      assert.deepEqual(done.toSorted(), ['record', 'write'])
      await Promise.all([write, record])
      assert.deepEqual((await found(disk)).entries, ['1 1 normal 61'])
      assert.deepEqual((await started(disk)).record, twoPeers)
    })

    onNewDisk('refuses to record peers before it is open and after it is closed', async (disk) => {
      const store = disk.store()
      assert.equal(await outcome(store.recordPeers(twoPeers)), 'OARLOCK_LOG_WRITE')
      await store.open()
      await store.close()
      assert.equal(await outcome(store.recordPeers(twoPeers)), 'OARLOCK_LOG_WRITE')
      assert.deepEqual((await started(disk)).record, noPeers)
    })

    if (!snapshots) return
    snapshotTests(onNewDisk)
    compactionTests(onNewDisk)
  })
}

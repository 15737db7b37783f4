// The tests of where the log begins, for stores that keep snapshots.
import assert from 'node:assert/strict'
import { emptyHardState, index, type SnapshotMeta } from '@oarlock/core'
import {
  contentsOf,
  entriesFrom,
  entryAsText,
  hardStateOf,
  metaOf,
  outcome,
  persistOf,
  type WithSnapshots,
  withSnapshots,
} from './log-specimens.ts'
import type { CheckOnDisk, LogStoreUnderTest } from './log-store-under-test.ts'

/** Entries 1 to 6, each in a write and a term of its own. */
async function writeSix(store: WithSnapshots): Promise<void> {
  for (let at = 1; at <= 6; at++)
    await store.write([
      persistOf({ hardState: hardStateOf(at, 'a', at - 1), entries: entriesFrom(at, at, 'x'.repeat(at)) }),
    ])
}

async function keep(store: WithSnapshots, meta: SnapshotMeta): Promise<void> {
  const writer = await store.snapshots.create(meta)
  await writer.append(new Uint8Array(100))
  await writer.commit()
}

const textsOf = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) =>
    entryAsText(entriesFrom(from + i, from + i, 'x'.repeat(from + i))[0]!),
  )

interface Found {
  readonly snapshot: SnapshotMeta | null
  readonly entries: readonly string[]
}

async function found(disk: LogStoreUnderTest): Promise<Found & { readonly term: number }> {
  const store = disk.store()
  const opened = await store.open()
  const { log, hardState } = opened
  assert.equal(log.firstIndex, (log.snapshot?.index ?? 0) + 1)
  assert.equal(log.termAt(index(log.firstIndex - 1)), log.snapshot?.term ?? 0)
  assert.equal(log.termAt(index(log.firstIndex - 2)), undefined)
  const { entries } = contentsOf(opened)
  await store.close()
  return { snapshot: log.snapshot, entries, term: hardState.term }
}

export function compactionTests(check: CheckOnDisk): void {
  check('forgets the entries up to a snapshot, and keeps those after it', async (disk) => {
    const store = withSnapshots(disk.store())
    const { log } = await store.open()
    await writeSix(store)
    await keep(store, metaOf(4, 4))
    await store.compact(metaOf(4, 4))
    assert.deepEqual([log.firstIndex, log.lastIndex, log.snapshot], [5, 6, metaOf(4, 4)])
    assert.deepEqual(
      [3, 4, 5, 6, 7].map((at) => log.termAt(index(at))),
      [undefined, 4, 5, 6, undefined],
    )
    assert.deepEqual(log.entries(index(5), index(7), 1000).map(entryAsText), textsOf(5, 6))
    await store.close()
    assert.deepEqual(await found(disk), { snapshot: metaOf(4, 4), entries: textsOf(5, 6), term: 6 })
  })

  check('goes on after a compaction of all entries, and compacts again', async (disk) => {
    for (let round = 0; round < 4; round++) {
      const store = withSnapshots(disk.store())
      const { log } = await store.open()
      assert.equal(log.lastIndex, round * 3)
      const first = round * 3 + 1
      await store.write([persistOf({ entries: entriesFrom(first, first, 'a', 'b', 'c') })])
      await keep(store, metaOf(first + 2, first))
      await store.compact(metaOf(first + 2, first))
      assert.deepEqual([log.firstIndex, log.lastIndex], [first + 3, first + 2])
      await store.close()
      assert.deepEqual((await found(disk)).entries, [])
    }
  })

  check('finds term and vote again after a compaction of everything', async (disk) => {
    const store = withSnapshots(disk.store())
    await store.open()
    await writeSix(store)
    await store.write([persistOf({ hardState: hardStateOf(9, 'größter-Knoten', 6) })])
    await keep(store, metaOf(6, 6))
    await store.compact(metaOf(6, 6))
    await store.close()
    const again = disk.store()
    assert.deepEqual((await again.open()).hardState, hardStateOf(9, 'größter-Knoten', 6))
    await again.close()
  })

  check('ignores a compaction up to a place where the log does not reach back to', async (disk) => {
    const store = withSnapshots(disk.store())
    const { log } = await store.open()
    await writeSix(store)
    await keep(store, metaOf(5, 5))
    await store.compact(metaOf(5, 5))
    await store.compact(metaOf(3, 3))
    assert.deepEqual(log.snapshot, metaOf(5, 5))
    await store.close()
    assert.deepEqual((await found(disk)).entries, textsOf(6, 6))
  })

  for (const [what, meta] of [
    ['without a snapshot that reaches as far', metaOf(5, 5)],
    ['of an entry that it does not have', metaOf(4, 3)],
  ] as const)
    check(`refuses a compaction ${what}, and every write after it`, async (disk) => {
      const store = withSnapshots(disk.store())
      await store.open()
      await writeSix(store)
      await keep(store, metaOf(4, 4))
      assert.equal(await outcome(store.compact(meta)), 'OARLOCK_INVARIANT')
      assert.equal(
        await outcome(store.write([persistOf({ hardState: hardStateOf(9) })])),
        'OARLOCK_LOG_WRITE',
      )
      await store.close()
      assert.deepEqual(await found(disk), { snapshot: null, entries: textsOf(1, 6), term: 6 })
    })

  check('compacts beside a write, and close waits for both', async (disk) => {
    const store = withSnapshots(disk.store())
    await store.open()
    await writeSix(store)
    await keep(store, metaOf(5, 5))
    const done: string[] = []
    const write = store
      .write([persistOf({ entries: entriesFrom(7, 7, 'x'.repeat(7)) })])
      .then(() => done.push('write'))
    const compaction = store.compact(metaOf(5, 5)).then(() => done.push('compaction'))
    await Promise.all([write, compaction])
    const next = store.write([persistOf({ entries: entriesFrom(8, 8, 'x'.repeat(8)) })])
    await store.close()
    await next
    assert.deepEqual(done.toSorted(), ['compaction', 'write'])
    assert.deepEqual(await found(disk), { snapshot: metaOf(5, 5), entries: textsOf(6, 8), term: 6 })
  })

  check('refuses a compaction before it is open and after it is closed', async (disk) => {
    const store = withSnapshots(disk.store())
    assert.equal(await outcome(store.compact(metaOf(1, 1))), 'OARLOCK_LOG_WRITE')
    await store.open()
    await store.close()
    assert.equal(await outcome(store.compact(metaOf(1, 1))), 'OARLOCK_LOG_WRITE')
  })

  check('replaces the log by a snapshot, with the entries after it in the same write', async (disk) => {
    const store = withSnapshots(disk.store())
    const { log } = await store.open()
    await writeSix(store)
    await keep(store, metaOf(20, 8))
    const replaced = persistOf({
      hardState: hardStateOf(8, null, 20),
      snapshot: metaOf(20, 8),
      entries: entriesFrom(21, 8, 'x', 'y'),
    })
    const write = store.write([persistOf({ entries: entriesFrom(7, 7, 'lost') }), replaced])
    assert.deepEqual([log.firstIndex, log.lastIndex, log.snapshot], [1, 6, null])
    await write
    assert.deepEqual([log.firstIndex, log.lastIndex, log.snapshot], [21, 22, metaOf(20, 8)])
    assert.deepEqual(
      [19, 20, 21, 23].map((at) => log.termAt(index(at))),
      [undefined, 8, 8, undefined],
    )
    await store.write([persistOf({ entries: entriesFrom(22, 9, 'z') })])
    await store.close()
    const entries = ['21 8 normal 78', '22 9 normal 7a']
    assert.deepEqual(await found(disk), { snapshot: metaOf(20, 8), entries, term: 8 })
  })

  check('replaces an empty log, and a log that ends before the snapshot or after it', async (disk) => {
    for (const at of [3, 2, 9]) {
      const store = withSnapshots(disk.store())
      const { hardState } = await store.open()
      if (at === 3) assert.deepEqual(hardState, emptyHardState)
      await keep(store, metaOf(at, at))
      // Without a hard state: the one before stays.
      await store.write([persistOf({ snapshot: metaOf(at, at) })])
      await store.close()
      assert.deepEqual(await found(disk), { snapshot: metaOf(at, at), entries: [], term: 0 })
    }
  })

  check('has no effect as a compaction that a later snapshot overtakes', async (disk) => {
    const store = withSnapshots(disk.store())
    const { log } = await store.open()
    await writeSix(store)
    await keep(store, metaOf(5, 5))
    await keep(store, metaOf(20, 8))
    const write = store.write([persistOf({ hardState: hardStateOf(8, null, 20), snapshot: metaOf(20, 8) })])
    await Promise.all([write, store.compact(metaOf(5, 5))])
    assert.deepEqual([log.firstIndex, log.snapshot], [21, metaOf(20, 8)])
    await store.close()
    assert.deepEqual(await found(disk), { snapshot: metaOf(20, 8), entries: [], term: 8 })
  })

  check('refuses to replace the log by a snapshot that is not stored', async (disk) => {
    const store = withSnapshots(disk.store())
    await store.open()
    await writeSix(store)
    assert.equal(await outcome(store.write([persistOf({ snapshot: metaOf(20, 8) })])), 'OARLOCK_INVARIANT')
    await store.close()
    assert.deepEqual(await found(disk), { snapshot: null, entries: textsOf(1, 6), term: 6 })
  })
}

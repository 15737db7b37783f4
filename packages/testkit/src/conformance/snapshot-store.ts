// The tests of the snapshots themselves, for log stores that keep them.
import assert from 'node:assert/strict'
import type { SnapshotStore, StoredSnapshot } from '@oarlock/runtime'
import { bytesOf, metaOf, offerOf, outcome, withSnapshots } from './log-specimens.ts'
import type { CheckOnDisk, LogStoreUnderTest } from './log-store-under-test.ts'

const bytes = bytesOf(200_000)

/** Writes a snapshot of these bytes, in parts of some length. */
async function take(
  { snapshots }: { readonly snapshots: SnapshotStore },
  at: number,
  whole: Uint8Array,
  part = 70_001,
): Promise<StoredSnapshot> {
  const writer = await snapshots.create(metaOf(at, at))
  const buffer = new Uint8Array(part)
  for (let from = 0; from < whole.length; from += part) {
    const next = whole.subarray(from, from + part)
    buffer.set(next)
    await writer.append(buffer.subarray(0, next.length))
    // The caller may use its buffer again.
    buffer.fill(0)
  }
  return writer.commit()
}

const all = ({ snapshots }: { readonly snapshots: SnapshotStore }, snapshot: StoredSnapshot) =>
  snapshots.read(snapshot, 0, snapshot.size)

const indexesOf = ({ snapshots }: { readonly snapshots: SnapshotStore }): readonly number[] =>
  snapshots.stored.map(({ meta }) => meta.index)

async function again(
  disk: LogStoreUnderTest,
  test: (store: ReturnType<typeof withSnapshots>) => Promise<void>,
): Promise<void> {
  const store = withSnapshots(disk.store())
  await store.open()
  await test(store)
  await store.close()
}

export function snapshotTests(check: CheckOnDisk): void {
  check('has no snapshots at first', async (disk) => {
    await again(disk, async ({ snapshots }) => {
      assert.deepEqual(snapshots.stored, [])
      assert.equal(snapshots.partial, null)
    })
  })

  check('lists a snapshot when it is committed, and finds it again', async (disk) => {
    const { size, digest } = offerOf(7, 7, bytes)
    const expected = { meta: metaOf(7, 7), size, digest }
    await again(disk, async (store) => {
      const writer = await store.snapshots.create(metaOf(7, 7))
      await writer.append(bytes)
      assert.deepEqual(store.snapshots.stored, [])
      assert.deepEqual(await writer.commit(), expected)
      assert.deepEqual(store.snapshots.stored, [expected])
    })
    await again(disk, async (store) => {
      assert.deepEqual(store.snapshots.stored, [expected])
      assert.deepEqual(Buffer.from(await all(store, store.snapshots.stored[0]!)), Buffer.from(bytes))
    })
  })

  check('reads any range of a snapshot, whatever the parts were that it was written in', async (disk) => {
    for (const part of [1000, 65_536, 70_001, 500_000])
      await again(disk, async (store) => {
        const snapshot = await take(store, part, bytes, part)
        for (const [offset, length] of [
          [0, 0],
          [0, 1],
          [65_535, 2],
          [65_536, 65_536],
          [1, 199_998],
          [199_999, 1],
          [0, 200_000],
        ] as const)
          assert.deepEqual(
            Buffer.from(await store.snapshots.read(snapshot, offset, length)),
            Buffer.from(bytes.subarray(offset, offset + length)),
          )
      })
  })

  check('keeps a snapshot without bytes', async (disk) => {
    await again(disk, async (store) => void (await take(store, 1, new Uint8Array())))
    await again(disk, async (store) => {
      const [snapshot] = store.snapshots.stored
      assert.deepEqual([snapshot?.size, snapshot?.digest], [0, offerOf(1, 1, new Uint8Array()).digest])
      assert.equal((await all(store, snapshot!)).length, 0)
    })
  })

  check('lists the newest first, and removes', async (disk) => {
    await again(disk, async (store) => {
      for (const at of [5, 100, 20]) await take(store, at, bytesOf(at, at))
      assert.deepEqual(indexesOf(store), [100, 20, 5])
      const removed = store.snapshots.stored[1]!
      await store.snapshots.remove(removed)
      await store.snapshots.remove(removed)
      assert.deepEqual(indexesOf(store), [100, 5])
      assert.equal(await outcome(all(store, removed)), 'OARLOCK_SNAPSHOT_DAMAGED')
    })
    await again(disk, async (store) => {
      assert.deepEqual(indexesOf(store), [100, 5])
      assert.deepEqual(Buffer.from(await all(store, store.snapshots.stored[1]!)), Buffer.from(bytesOf(5, 5)))
    })
  })

  check('replaces a snapshot of the same place', async (disk) => {
    await again(disk, async (store) => {
      await take(store, 3, bytesOf(1000, 1))
      const replaced = store.snapshots.stored[0]!
      const snapshot = await take(store, 3, bytesOf(2000, 2))
      assert.deepEqual(store.snapshots.stored, [snapshot])
      assert.deepEqual(Buffer.from(await all(store, snapshot)), Buffer.from(bytesOf(2000, 2)))
      assert.equal(await outcome(all(store, replaced)), 'OARLOCK_SNAPSHOT_DAMAGED')
    })
    await again(disk, async (store) => {
      assert.deepEqual(
        Buffer.from(await all(store, store.snapshots.stored[0]!)),
        Buffer.from(bytesOf(2000, 2)),
      )
    })
  })

  check('knows nothing of a snapshot that was aborted, or not committed at the close', async (disk) => {
    await again(disk, async ({ snapshots }) => {
      const aborted = await snapshots.create(metaOf(3, 3))
      await aborted.append(bytes)
      await aborted.abort()
      await aborted.abort()
      assert.equal(await outcome(aborted.append(bytes)), 'OARLOCK_LOG_WRITE')
      assert.equal(await outcome(aborted.commit()), 'OARLOCK_LOG_WRITE')
      const left = await snapshots.create(metaOf(4, 4))
      await left.append(bytes)
    })
    await again(disk, async (store) => {
      assert.deepEqual(store.snapshots.stored, [])
      await take(store, 4, bytesOf(10))
      assert.deepEqual(indexesOf(store), [4])
    })
  })

  check('receives a snapshot in parts, over restarts', async (disk) => {
    const offer = offerOf(9, 4, bytes)
    await again(disk, async ({ snapshots }) => {
      await snapshots.startPartial(offer)
      assert.deepEqual(snapshots.partial, { offer, received: 0 })
      await snapshots.appendPartial(0, bytes.subarray(0, 100))
      await snapshots.appendPartial(100, bytes.subarray(100, 140_000))
      assert.deepEqual(snapshots.partial, { offer, received: 140_000 })
    })
    await again(disk, async ({ snapshots }) => {
      assert.deepEqual(snapshots.partial, { offer, received: 140_000 })
      assert.deepEqual(snapshots.stored, [])
      await snapshots.appendPartial(140_000, bytes.subarray(140_000))
    })
    await again(disk, async (store) => {
      const { snapshots } = store
      const stored = await snapshots.commitPartial()
      assert.deepEqual(stored, { meta: offer.snapshot, size: offer.size, digest: offer.digest })
      assert.equal(snapshots.partial, null)
      assert.deepEqual(snapshots.stored, [stored])
      assert.deepEqual(Buffer.from(await all(store, stored)), Buffer.from(bytes))
    })
    await again(disk, async (store) => {
      assert.equal(store.snapshots.partial, null)
      const [stored] = store.snapshots.stored
      assert.deepEqual(
        Buffer.from(await store.snapshots.read(stored!, 99, 70_000)),
        Buffer.from(bytes.subarray(99, 70_099)),
      )
    })
  })

  check('forgets a partial snapshot for another one, or when told to', async (disk) => {
    await again(disk, async ({ snapshots }) => {
      await snapshots.startPartial(offerOf(9, 4, bytes))
      await snapshots.appendPartial(0, bytes)
      await snapshots.startPartial(offerOf(10, 4, bytesOf(10)))
      assert.equal(snapshots.partial?.received, 0)
    })
    await again(disk, async ({ snapshots }) => {
      assert.deepEqual(snapshots.partial, { offer: offerOf(10, 4, bytesOf(10)), received: 0 })
      await snapshots.discardPartial()
      await snapshots.discardPartial()
      assert.equal(snapshots.partial, null)
    })
    await again(disk, async ({ snapshots }) => assert.equal(snapshots.partial, null))
  })

  check('refuses a partial snapshot that is not the one that was offered, and removes it', async (disk) => {
    for (const received of [bytesOf(1000, 2), bytesOf(999), new Uint8Array()])
      await again(disk, async ({ snapshots }) => {
        await snapshots.startPartial(offerOf(9, 4, bytesOf(1000)))
        if (received.length > 0) await snapshots.appendPartial(0, received)
        assert.equal(await outcome(snapshots.commitPartial()), 'OARLOCK_SNAPSHOT_DAMAGED')
        assert.deepEqual([snapshots.partial, snapshots.stored], [null, []])
      })
    await again(disk, async ({ snapshots }) =>
      assert.deepEqual([snapshots.partial, snapshots.stored], [null, []]),
    )
  })

  check('receives a snapshot without bytes', async (disk) => {
    await again(disk, async ({ snapshots }) => {
      await snapshots.startPartial(offerOf(9, 4, new Uint8Array()))
      assert.equal((await snapshots.commitPartial()).size, 0)
    })
    await again(disk, async (store) => assert.deepEqual(indexesOf(store), [9]))
  })

  check('reads, writes and receives snapshots at the same time', async (disk) => {
    await again(disk, async (store) => {
      const { snapshots } = store
      const first = await take(store, 1, bytes)
      const receive = async (): Promise<void> => {
        await snapshots.startPartial(offerOf(3, 3, bytes))
        for (let at = 0; at < bytes.length; at += 10_000)
          await snapshots.appendPartial(at, bytes.subarray(at, at + 10_000))
        await snapshots.commitPartial()
      }
      const read = async (): Promise<void> => {
        for (let times = 0; times < 10; times++) assert.equal((await all(store, first)).length, bytes.length)
      }
      await Promise.all([take(store, 2, bytes, 9999), receive(), read()])
      assert.deepEqual(indexesOf(store), [3, 2, 1])
    })
  })

  check('refuses to write or read snapshots before it is open and after it is closed', async (disk) => {
    const store = withSnapshots(disk.store())
    const { snapshots } = store
    const calls = [
      () => snapshots.create(metaOf(1, 1)),
      () => snapshots.startPartial(offerOf(9, 4, bytes)),
      () => snapshots.discardPartial(),
    ]
    for (const call of calls) assert.equal(await outcome(call()), 'OARLOCK_LOG_WRITE')
    await store.open()
    await store.close()
    for (const call of calls) assert.equal(await outcome(call()), 'OARLOCK_LOG_WRITE')
  })
}

// The tests that every Store must pass, however it is reached.
import assert from 'node:assert/strict'
import { OarlockError } from '@oarlock/runtime'
import type { Condition, Item, OperationAnswer, Store, WatchBatch, WatchStream } from '@oarlock/store'
import type { TestRunner } from './test-runner.ts'

export interface StoreUnderTest {
  /** Empty, and used by nobody else. */
  readonly store: Store
  dispose?(): Promise<void>
}

/** Defines the suite; `make` is called once a test. */
export function storeConformance(
  name: string,
  { describe, test: check }: TestRunner,
  make: () => StoreUnderTest | Promise<StoreUnderTest>,
): void {
  const onNewStore = (what: string, test: (store: Store) => Promise<void>): void => {
    check(what, async () => {
      const made = await make()
      try {
        await test(made.store)
      } finally {
        await made.dispose?.()
      }
    })
  }

  describe(`store: ${name}`, () => {
    onNewStore('has what was put, and counts the changes', async (kv) => {
      assert.equal(await kv.get('a'), null)
      const first = await kv.put('a', '1')
      const second = await kv.put('a', '2')
      assert.equal(first.previous, null)
      assert.equal(second.revision, first.revision + 1)
      assert.deepEqual(await kv.get('a'), {
        key: 'a',
        value: '2',
        createRevision: first.revision,
        modRevision: second.revision,
        version: 2,
        lease: null,
      })
    })

    onNewStore('begins the versions of a key again when it was deleted', async (kv) => {
      await kv.put('a', '1')
      await kv.put('a', '2')
      const deleted = await kv.delete('a', { previous: true })
      assert.deepEqual([deleted.deleted, deleted.previous.map(told)], [1, ['a=2 v2']])
      const { revision } = await kv.put('a', '3')
      assert.equal(revision, deleted.revision + 1)
      const item = await kv.get('a')
      assert.deepEqual([item!.version, item!.createRevision, item!.modRevision], [1, revision, revision])
    })

    onNewStore('spends no revision on what changes nothing', async (kv) => {
      const { revision } = await kv.put('a', '1')
      assert.deepEqual(await kv.delete('b'), { revision, deleted: 0, previous: [] })
      assert.equal((await kv.transaction().then({ get: 'a' }).commit()).revision, revision)
    })

    onNewStore('answers with what was there before, if that is asked for', async (kv) => {
      assert.equal((await kv.put('a', '1', { previous: true })).previous, null)
      assert.equal(told((await kv.put('a', '2', { previous: true })).previous!), 'a=1 v1')
      assert.equal((await kv.put('a', '3')).previous, null)
    })

    onNewStore('keeps the value of a key that is there, and of no other', async (kv) => {
      await kv.put('a', '1')
      await kv.put('a', null)
      assert.equal(told((await kv.get('a'))!), 'a=1 v2')
      await refused(kv.put('b', null), 'no-key', 'not-applied')
      await refused(kv.put('b', '1', { lease: 'keep' }), 'no-key', 'not-applied')
      assert.equal(await kv.get('b'), null)
    })

    onNewStore('refuses a lease that is not there', async (kv) => {
      await refused(kv.put('a', '1', { lease: 77 }), 'no-lease', 'not-applied')
      assert.equal(await kv.get('a'), null)
    })

    onNewStore('has text with any characters, and empty values', async (kv) => {
      for (const text of ['', 'ä🙂\u0000\uffff', '\ufeffa'])
        await kv.put(`key ${text}`, text).then(async () => {
          const item = await kv.get(`key ${text}`)
          assert.deepEqual([item!.key, item!.value], [`key ${text}`, text])
        })
    })

    onNewStore('has any bytes, and says when they are no text', async (kv) => {
      const [key, value] = [Uint8Array.of(255, 0, 1), Uint8Array.of(0, 128)]
      await kv.put(key, value)
      const item = await kv.bytes.get(key)
      assert.deepEqual([[...item!.key], [...item!.value]], [[...key], [...value]])
      await assert.rejects(kv.get(key), { code: 'OARLOCK_NOT_TEXT', outcome: 'not-a-write' })
    })

    onNewStore('keeps its own copy of the bytes that it was given', async (kv) => {
      const value = Uint8Array.of(1, 2)
      const putting = kv.put('a', value)
      value[0] = 9
      await putting
      assert.deepEqual([...(await kv.bytes.get('a'))!.value], [1, 2])
    })

    onNewStore('has the keys of a range in their order', async (kv) => {
      for (const key of ['b', 'a/2', 'a', 'a/1', 'a0', 'c']) await kv.put(key, key)
      const keysOf = async (...range: Parameters<Store['range']>) =>
        (await kv.range(...range)).items.map(({ key }) => key).join(' ')
      assert.equal(await keysOf({ prefix: 'a/' }), 'a/1 a/2')
      assert.equal(await keysOf({ prefix: '' }), 'a a/1 a/2 a0 b c')
      assert.equal(await keysOf({ from: 'a/2', before: 'c' }), 'a/2 a0 b')
      assert.equal(await keysOf({ from: 'b' }), 'b c')
      assert.equal(await keysOf({ from: 'c', before: 'a' }), '')
      assert.equal(await keysOf({ prefix: '' }, { limit: 2 }), 'a a/1')
      const descending = { by: 'key', order: 'descending' } as const
      assert.equal(await keysOf({ prefix: '' }, { limit: 2, sort: descending }), 'c b')
      assert.equal(await keysOf({ prefix: '' }, { sort: { by: 'mod' } }), 'b a/2 a a/1 a0 c')
    })

    onNewStore('orders keys by their bytes', async (kv) => {
      // In UTF-16 the last two would change places.
      const keys = ['a', 'z', 'é', '\uff5e', '🙂']
      for (const key of [...keys].reverse()) await kv.put(key, '')
      const { items } = await kv.range({ prefix: '' })
      assert.deepEqual(
        items.map(({ key }) => key),
        keys,
      )
    })

    onNewStore('counts a range, whatever the limit', async (kv) => {
      for (const key of ['a', 'b', 'c']) await kv.put(key, 'value')
      const limited = await kv.range({ prefix: '' }, { limit: 1 })
      assert.deepEqual([limited.items.length, limited.count], [1, 3])
      const counted = await kv.range({ prefix: '' }, { countOnly: true })
      assert.deepEqual([counted.items, counted.count], [[], 3])
      const keys = await kv.range({ prefix: '' }, { keysOnly: true })
      assert.deepEqual(keys.items.map(told), ['a= v1', 'b= v1', 'c= v1'])
    })

    onNewStore('can be read as it was', async (kv) => {
      const { revision } = await kv.put('a', '1')
      await kv.put('a', '2')
      await kv.put('b', '1')
      await kv.delete('a')
      assert.equal(told((await kv.get('a', { revision }))!), 'a=1 v1')
      assert.equal(told((await kv.get('a', { revision: revision + 1 }))!), 'a=2 v2')
      const before = await kv.range({ prefix: '' }, { revision: revision + 2 })
      assert.deepEqual(before.items.map(told), ['a=2 v2', 'b=1 v1'])
      assert.equal(before.revision, revision + 3)
      await refused(kv.get('a', { revision: revision + 10 }), 'future-revision', 'not-a-write')
    })

    onNewStore('forgets what was replaced before the revision of a compaction', async (kv) => {
      const { revision } = await kv.put('a', '1')
      await kv.put('a', '2')
      await kv.put('b', '1')
      await kv.compact(revision + 1)
      const error = await refused(kv.get('a', { revision }), 'compacted', 'not-a-write')
      assert.equal((error as OarlockError & { compacted: number }).compacted, revision + 1)
      assert.equal(told((await kv.get('a', { revision: revision + 1 }))!), 'a=2 v2')
      assert.equal(told((await kv.get('a'))!), 'a=2 v2')
      await refused(kv.compact(revision + 1), 'compacted', 'not-applied')
      await refused(kv.compact(revision + 100), 'future-revision', 'not-applied')
    })

    onNewStore('deletes ranges', async (kv) => {
      for (const key of ['a/1', 'a/2', 'b']) await kv.put(key, key)
      const { deleted, previous } = await kv.delete({ prefix: 'a/' }, { previous: true })
      assert.deepEqual([deleted, previous.map(told)], [2, ['a/1=a/1 v1', 'a/2=a/2 v1']])
      assert.equal((await kv.range({ prefix: '' })).count, 1)
    })

    for (const consistency of ['linearizable', 'lease'] as const)
      onNewStore(`sees what was put before, with the consistency ${consistency}`, async (kv) => {
        for (let n = 0; n < 20; n++) {
          const { revision } = await kv.put('n', String(n))
          assert.equal((await kv.get('n', { consistency }))!.value, String(n))
          assert.equal((await kv.get('n', { consistency: { atLeast: revision } }))!.value, String(n))
        }
      })

    onNewStore('refuses to wait for a revision that nobody knows', async (kv) => {
      await refused(kv.get('a', { consistency: { atLeast: 1_000_000 } }), 'future-revision', 'not-a-write')
    })

    leases(onNewStore)
    transactions(onNewStore)
    watches(onNewStore)
    badInput(onNewStore)
  })
}

type OnNewStore = (what: string, test: (store: Store) => Promise<void>) => void

function leases(onNewStore: OnNewStore): void {
  onNewStore('deletes the keys of a lease when it ends, in one revision, and no others', async (kv) => {
    const lease = await kv.lease(60_000)
    assert.deepEqual([lease.ttl, lease.held, lease.signal.aborted], [60_000, true, false])
    assert.deepEqual(await kv.leases(), [{ id: lease.id, ttl: 60_000 }])
    await kv.put('a', '1', { lease })
    await kv.put('b', '1', { lease: lease.id })
    const { revision } = await kv.put('c', '1')
    assert.equal((await kv.get('a'))!.lease, lease.id)
    const watch = kv.watch({ prefix: '' }, { from: revision + 1 })
    await lease.revoke()
    assert.deepEqual([lease.held, lease.signal.aborted], [false, true])
    assert.equal(toldBatch(await batchOf(watch.next())), `${revision + 1}: delete a, delete b`)
    await watch.return!()
    assert.deepEqual((await kv.range({ prefix: '' })).items.map(told), ['c=1 v1'])
    assert.deepEqual(await kv.leases(), [])
    await refused(kv.put('a', '1', { lease }), 'no-lease', 'not-applied')
  })

  onNewStore('binds a key to the lease that it was put with last', async (kv) => {
    const [first, second] = [await kv.lease(60_000), await kv.lease(60_000)]
    assert.notEqual(first.id, second.id)
    for (const key of ['kept', 'moved', 'freed']) await kv.put(key, '1', { lease: first })
    await kv.put('kept', '2', { lease: 'keep' })
    await kv.put('moved', '2', { lease: second })
    await kv.put('freed', '2')
    await first.revoke()
    assert.deepEqual((await kv.range({ prefix: '' })).items.map(told), ['freed=2 v2', 'moved=2 v2'])
    await second.revoke()
    assert.deepEqual((await kv.range({ prefix: '' })).items.map(told), ['freed=2 v2'])
  })

  onNewStore('compares leases, and binds keys to them in transactions', async (kv) => {
    const lease = await kv.lease(60_000)
    const take = () =>
      kv.transaction().when('lock', 'create', '=', 0).then({ put: 'lock', value: 'mine', lease }).commit()
    assert.equal((await take()).succeeded, true)
    assert.equal((await take()).succeeded, false)
    const { succeeded } = await kv.transaction().when('lock', 'lease', '=', lease.id).commit()
    assert.equal(succeeded, true)
    await lease.revoke()
    assert.equal(await kv.get('lock'), null)
  })

  onNewStore('gives a lease back at the end of its scope', async (kv) => {
    const lease = await kv.lease(60_000)
    await kv.put('a', '1', { lease })
    await lease[Symbol.asyncDispose]()
    assert.equal(await kv.get('a'), null)
    assert.deepEqual(await kv.leases(), [])
  })
}

function transactions(onNewStore: OnNewStore): void {
  onNewStore('does one thing or the other, and says which', async (kv) => {
    const once = () =>
      kv.transaction().when('a', 'version', '=', 0).then({ put: 'a', value: '1' }).else({ get: 'a' }).commit()
    const first = await once()
    assert.deepEqual([first.succeeded, first.results], [true, [{ type: 'put', previous: null }]])
    const second = await once()
    assert.equal(second.succeeded, false)
    const [got] = second.results
    assert.deepEqual(itemsOf(got), ['a=1 v1'])
    assert.equal(second.revision, first.revision)
  })

  onNewStore('compares every number, and the value', async (kv) => {
    const { revision } = await kv.put('a', '1')
    await kv.put('a', 'm')
    const holds = async (...condition: Condition) =>
      (
        await kv
          .transaction()
          .when(...condition)
          .commit()
      ).succeeded
    for (const [target, number] of [
      ['version', 2],
      ['create', revision],
      ['mod', revision + 1],
      ['lease', 0],
    ] as const) {
      assert.equal(await holds('a', target, '=', number), true, target)
      assert.equal(await holds('a', target, '!=', number), false, target)
      assert.equal(await holds('a', target, '<', number + 1), true, target)
      assert.equal(await holds('a', target, '>', number), false, target)
    }
    assert.equal(await holds('a', 'value', '=', 'm'), true)
    assert.equal(await holds('a', 'value', '<', 'n'), true)
    assert.equal(await holds('a', 'value', '>', 'm'), false)
    assert.equal(await holds('none', 'value', '!=', 'm'), false)
    assert.equal(await holds('none', 'mod', '=', 0), true)
  })

  onNewStore('needs a condition to hold for the whole range, and all conditions', async (kv) => {
    await kv.put('a/1', 'x')
    await kv.put('a/2', 'x')
    const all = () => kv.transaction().when({ prefix: 'a/' }, 'value', '=', 'x')
    assert.equal((await all().commit()).succeeded, true)
    assert.equal((await all().when('a/1', 'version', '=', 2).commit()).succeeded, false)
    await kv.put('a/2', 'y')
    assert.equal((await all().commit()).succeeded, false)
  })

  onNewStore('changes everything in one revision, or nothing', async (kv) => {
    const { revision } = await kv
      .transaction()
      .then({ put: 'a', value: '1' }, { put: 'b', value: '2' }, { delete: { prefix: 'c' } })
      .commit()
    const { items } = await kv.range({ prefix: '' })
    assert.deepEqual(
      items.map(({ modRevision }) => modRevision),
      [revision, revision],
    )
    await refused(
      kv.transaction().then({ put: 'a', value: '3' }, { put: 'b', value: '4', lease: 77 }).commit(),
      'no-lease',
      'not-applied',
    )
    assert.equal(told((await kv.get('a'))!), 'a=1 v1')
  })

  onNewStore('reads in a transaction what it has written', async (kv) => {
    const { results } = await kv
      .transaction()
      .then({ put: 'a', value: '1' }, { get: 'a' }, { delete: 'a', previous: true }, { get: 'a' })
      .commit()
      .catch(() => ({ results: [] }))
    // One that puts a key and deletes it is refused.
    assert.deepEqual(results, [])
    const again = await kv.transaction().then({ put: 'a', value: '1' }, { get: 'a' }).commit()
    const [, got] = again.results
    assert.deepEqual(itemsOf(got), ['a=1 v1'])
  })

  onNewStore('refuses a transaction that writes a key twice', async (kv) => {
    await refused(
      kv.transaction().then({ put: 'a', value: '1' }, { put: 'a', value: '2' }).commit(),
      'duplicate-key',
      'not-applied',
    )
    await refused(
      kv
        .transaction()
        .else({ put: 'a1', value: '1' }, { delete: { prefix: 'a' } })
        .commit(),
      'duplicate-key',
      'not-applied',
    )
  })

  onNewStore('has transactions in transactions', async (kv) => {
    await kv.put('a', '1')
    const { results } = await kv
      .transaction()
      .then(
        kv
          .transaction()
          .when('a', 'value', '=', '2')
          .then({ put: 'b', value: 'then' })
          .else({ put: 'b', value: 'else' }, kv.transaction().then({ put: 'c', value: 'inner' })),
      )
      .commit()
    assert.deepEqual(results, [
      {
        type: 'transaction',
        succeeded: false,
        results: [
          { type: 'put', previous: null },
          { type: 'transaction', succeeded: true, results: [{ type: 'put', previous: null }] },
        ],
      },
    ])
    assert.deepEqual((await kv.range({ prefix: '' })).items.map(told), ['a=1 v1', 'b=else v1', 'c=inner v1'])
  })

  onNewStore('is no promise: awaiting a transaction says so', async (kv) => {
    const begun: unknown = kv.transaction().then({ put: 'a', value: '1' })
    await assert.rejects(async () => await begun, /a transaction is no promise: call its method commit/)
    assert.equal(await kv.get('a'), null)
  })
}

function watches(onNewStore: OnNewStore): void {
  onNewStore('hands out each change, in order', async (kv) => {
    await kv.put('a', 'before')
    await kv.delete('a')
    const watch = kv.watch({ prefix: 'a' })
    const next = watch.next()
    const first = await watch.started
    assert.equal((await kv.put('b', 'none of its business')).revision, first)
    const { revision } = await kv.put('a', '1')
    await kv.put('a', '2')
    await kv.delete('a')
    const batches = [await batchOf(next), ...(await some(watch, 2))]
    assert.deepEqual(batches.map(toldBatch), [
      `${revision}: put a=1 v1`,
      `${revision + 1}: put a=2 v2`,
      `${revision + 2}: delete a`,
    ])
    await watch.return!()
  })

  onNewStore('hands out all that one revision has changed at once', async (kv) => {
    const { revision } = await kv
      .transaction()
      .then({ put: 'a', value: '1' }, { put: 'b', value: '2' }, { put: 'c', value: '3' })
      .commit()
    const watch = kv.watch({ from: 'a', before: 'c' }, { from: revision })
    assert.deepEqual((await some(watch, 1)).map(toldBatch), [`${revision}: put a=1 v1, put b=2 v1`])
    await watch.return!()
  })

  onNewStore('goes on where it was: no change is left out, and none comes twice', async (kv) => {
    const { revision } = await kv.put('a', '0')
    const seen: string[] = []
    const putting = (async () => {
      for (let n = 1; n < 42; n++) await kv.put('a', String(n))
    })()
    let from = revision
    while (seen.length < 42) {
      const watch = kv.watch('a', { from })
      for (const batch of await some(watch, 3))
        seen.push(batch.events.map(({ item }) => item.value).join('+'))
      from = watch.seen + 1
      await watch.return!()
    }
    await putting
    assert.deepEqual(
      seen,
      Array.from({ length: 42 }, (_, n) => String(n)),
    )
  })

  onNewStore('shows what each change has replaced, and only what is asked for', async (kv) => {
    const { revision } = await kv.put('a', '1')
    await kv.put('a', '2')
    await kv.delete('a')
    const watch = kv.watch('a', { from: revision, previous: true })
    const previous = (await some(watch, 3)).flatMap(({ events }) => events.map((event) => event.previous))
    assert.deepEqual(
      previous.map((item) => item && told(item)),
      [null, 'a=1 v1', 'a=2 v2'],
    )
    await watch.return!()
    const deletions = kv.watch('a', { from: revision, only: 'delete' })
    assert.deepEqual((await some(deletions, 1)).map(toldBatch), [`${revision + 2}: delete a`])
    await deletions.return!()
    const puts = kv.watch('a', { from: revision, only: 'put' })
    assert.deepEqual((await some(puts, 2)).map(toldBatch), [
      `${revision}: put a=1 v1`,
      `${revision + 1}: put a=2 v2`,
    ])
    await puts.return!()
  })

  onNewStore('waits for a revision that is not there yet', async (kv) => {
    const { revision } = await kv.put('a', '1')
    const watch = kv.watch('a', { from: revision + 3 })
    const next = watch.next()
    for (const value of ['2', '3', '4']) await kv.put('a', value)
    assert.equal(toldBatch(await batchOf(next)), `${revision + 3}: put a=4 v4`)
    await watch.return!()
  })

  onNewStore('says when what it is to hand out was compacted away', async (kv) => {
    const { revision } = await kv.put('a', '1')
    for (const value of ['2', '3', '4']) await kv.put('a', value)
    await kv.compact(revision + 2)
    const watch = kv.watch('a', { from: revision })
    const error = await refused(watch.next(), 'compacted', 'not-a-write')
    const { compacted } = error as OarlockError & { compacted: number }
    assert.deepEqual(await watch.next(), { done: true, value: undefined })
    const later = kv.watch('a', { from: compacted + 1 })
    assert.equal(toldBatch((await some(later, 1))[0]!), `${revision + 3}: put a=4 v4`)
    await later.return!()
  })

  onNewStore('ends a watch that its signal aborts, or that is returned', async (kv) => {
    const controller = new AbortController()
    const watch = kv.watch('a', { signal: controller.signal })
    const next = watch.next()
    controller.abort()
    assert.deepEqual(await next, { done: true, value: undefined })
    const other = kv.watch('a')
    const waiting = other.next()
    await other.return!()
    assert.deepEqual(await waiting, { done: true, value: undefined })
  })
}

function badInput(onNewStore: OnNewStore): void {
  const refuses = (what: string, call: (kv: Store) => unknown, message: RegExp): void =>
    onNewStore(`refuses ${what}`, async (kv) => {
      await assert.rejects(async () => await call(kv), { code: 'OARLOCK_INVALID_OPTIONS', message })
      assert.equal((await kv.range({ prefix: '' })).count, 0)
    })
  const any = (value: unknown): never => value as never
  refuses('an empty key', (kv) => kv.put('', '1'), /a key must not be empty/)
  refuses('a key that is no text and no bytes', (kv) => kv.put(any(7), '1'), /a key must be a string or/)
  refuses('a value that is no text and no bytes', (kv) => kv.put('a', any({})), /a value must be a string or/)
  refuses('half a surrogate pair', (kv) => kv.put('a\ud800', '1'), /surrogate/)
  refuses('a long key', (kv) => kv.put('k'.repeat(5000), '1'), /has 5000 bytes, and the limit is 4096/)
  refuses('a long value', (kv) => kv.put('a', 'v'.repeat(2 ** 20 + 1)), /the limit is 1048576/)
  refuses('an unknown option', (kv) => kv.put('a', '1', any({ prev: true })), /unknown option 'prev'/)
  refuses('a lease that is none', (kv) => kv.put('a', '1', any({ lease: 'x' })), /lease must be/)
  refuses('a range that is none', (kv) => kv.range(any({ prefx: 'a' })), /has no 'prefx'/)
  refuses('a range of both kinds', (kv) => kv.range(any({ prefix: 'a', from: 'b' })), /either a prefix, or/)
  refuses('a limit of none', (kv) => kv.range({ prefix: '' }, { limit: 0 }), /limit must be/)
  refuses('a consistency that is none', (kv) => kv.get('a', any({ consistency: 'strong' })), /consistency/)
  refuses('a revision that is none', (kv) => kv.compact(1.5), /a revision must be/)
  refuses(
    'an operation that is none',
    (kv) =>
      kv
        .transaction()
        .then(any({ putt: 'a' }))
        .commit(),
    /one of get/,
  )
  refuses(
    'a put without a value',
    (kv) =>
      kv
        .transaction()
        .then(any({ put: 'a' }))
        .commit(),
    /needs a value/,
  )
  refuses(
    'a condition that is none',
    (kv) => kv.transaction().when('a', any('size'), '=', 1).commit(),
    /when/,
  )
  refuses('a short time to live', (kv) => kv.lease(10), /ttl must be a number of ms from 50/)
  refuses('a time to live that is no number', (kv) => kv.lease(any('5000')), /write the number 5000/)
  refuses('a watch of nothing', (kv) => kv.watch(any(undefined)), /a range must be/)
  refuses(
    'a transaction with too many operations',
    (kv) =>
      kv
        .transaction()
        .then(...Array.from({ length: 1025 }, () => ({ get: 'a' })))
        .commit(),
    /more than 1024 conditions and operations/,
  )
}

const itemsOf = (answer: OperationAnswer | undefined): readonly string[] =>
  answer?.type === 'get' ? answer.items.map(told) : []

const told = ({ key, value, version }: Item): string => `${key}=${value} v${version}`

const toldBatch = ({ revision, events }: WatchBatch): string =>
  `${revision}: ${events.map(({ type, item }) => (type === 'put' ? `put ${told(item)}` : `delete ${item.key}`)).join(', ')}`

async function batchOf(next: Promise<IteratorResult<WatchBatch>>): Promise<WatchBatch> {
  const { done, value } = await next
  assert.equal(done, false, 'the watch has ended')
  return value
}

async function some(watch: WatchStream, count: number): Promise<WatchBatch[]> {
  const batches: WatchBatch[] = []
  while (batches.length < count) batches.push(await batchOf(watch.next()))
  return batches
}

async function refused(work: Promise<unknown>, reason: string, outcome: string): Promise<OarlockError> {
  const error = await work.then(
    () => assert.fail(`it was not refused: ${reason}`),
    (thrown: unknown) => thrown,
  )
  assert(error instanceof OarlockError, String(error))
  const { code, reason: why } = error as OarlockError & { readonly reason?: string }
  assert.deepEqual([code, why, error.outcome], ['OARLOCK_STORE_REFUSED', reason, outcome])
  return error
}

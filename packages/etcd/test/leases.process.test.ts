// Leases on etcd: who renews them, when they end, and transactions with leases that are not there.

import type { Lease } from '@oarlock/store'
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { etcd } from '../src/index.ts'

const aborted = (lease: Lease): Promise<void> =>
  new Promise((resolve) => {
    if (lease.signal.aborted) resolve()
    lease.signal.addEventListener('abort', () => resolve())
  })

describeWithEtcd('leases on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await EtcdServer.start()
  })
  beforeEach(() => server.empty())
  afterAll(() => server[Symbol.asyncDispose]())

  it('are renewed while their process lives, end after it, and last at least a tenth longer there', async () => {
    await using watching = etcd({ hosts: server.url })
    await using living = etcd({ hosts: server.url })
    const dying = etcd({ hosts: server.url })
    const kept = await living.kv.lease(1000)
    const lost = await dying.kv.lease(1000)
    await living.kv.put('kept', '1', { lease: kept })
    await dying.kv.put('lost', '1', { lease: lost })
    expect(await living.kv.leases()).toContainEqual({ id: kept.id, ttl: 1000 })
    // Others see what etcd has: whole seconds.
    expect(await watching.kv.leases()).toContainEqual({ id: kept.id, ttl: 2000 })
    const changes = watching.kv.watch({ prefix: '' })
    await changes.started
    await dying.close()
    expect([lost.held, lost.signal.aborted]).toEqual([false, true])
    const { value } = await changes.next()
    expect(
      value.events.map(({ type, item }: { type: string; item: { key: string } }) => `${type} ${item.key}`),
    ).toEqual(['delete lost'])
    expect(kept.held).toBe(true)
    expect(await watching.kv.get('kept')).not.toBeNull()
    await changes.return!()
  })

  it('are lost for their holder when etcd stands still, before etcd ends them', async () => {
    await using store = etcd({ hosts: server.url, dialTimeout: 300 })
    const lease = await store.kv.lease(1000)
    const { deadline } = lease
    await store.kv.put('a', '1', { lease })
    await server.freeze()
    await aborted(lease)
    expect(performance.now()).toBeGreaterThanOrEqual(deadline)
    expect(lease.held).toBe(false)
    server.wake()
    expect(await store.kv.get('a')).not.toBeNull()
  })

  it('are lost when somebody else has revoked them', async () => {
    await using store = etcd({ hosts: server.url })
    const [lease, other] = [await store.kv.lease(900), await store.kv.lease(900)]
    await server.ask('lease/revoke', { ID: lease.id })
    await aborted(lease)
    expect(other.held).toBe(true)
    await other.revoke()
  })

  it('of other programs have ids beyond those of ours, and no request can have them', async () => {
    await using store = etcd({ hosts: server.url })
    const ID = '7587869414741148673'
    await server.ask('lease/grant', { ID, TTL: 60 })
    await server.ask('kv/put', { key: 'YQ==', lease: ID })
    expect(await store.kv.leases()).toEqual([{ id: Number(ID), ttl: 60_000 }])
    expect((await store.kv.get('a'))?.lease).toBe(Number(ID))
    await expect(store.kv.put('b', '1', { lease: Number(ID) })).rejects.toMatchObject({
      code: 'OARLOCK_INVALID_OPTIONS',
    })
  })

  it('can be used in transactions, whoever holds them', async () => {
    await using store = etcd({ hosts: server.url })
    await using other = etcd({ hosts: server.url })
    const { kv } = store
    const [mine, theirs] = [await kv.lease(60_000), await other.kv.lease(60_000)]
    const put = (key: string, lease: { id: number }) => ({ put: key, value: '1', lease })
    await kv.transaction().then(put('a', mine), put('b', theirs)).commit()
    await theirs.revoke()
    expect((await kv.range({ prefix: '' })).items).toMatchObject([{ key: 'a', lease: mine.id }])
  })

  it('that have ended refuse a transaction only if it would use them, and the refusal names the first', async () => {
    await using store = etcd({ hosts: server.url })
    const { kv } = store
    const lease = await kv.lease(60_000)
    const take = (key: string) =>
      kv
        .transaction()
        .when(key, 'version', '=', 0)
        .then({ put: key, value: '1', lease }, { put: 'other', value: '1' })
        .else({ get: key })
        .commit()
    expect((await take('a')).succeeded).toBe(true)
    // The holder does not know it.
    await server.ask('lease/revoke', { ID: lease.id })
    await kv.put('held', '1')
    expect((await take('held')).succeeded).toBe(false)
    await expect(take('b')).rejects.toMatchObject({
      reason: 'no-lease',
      outcome: 'not-applied',
      message: expect.stringContaining(`there is no lease ${lease.id}`),
    })
    expect(await kv.get('b')).toBeNull()
    const mine = await kv.lease(60_000)
    await kv.put('there', '1')
    const keep = kv
      .transaction()
      .then({ put: 'there', value: null }, { put: 'c', value: '1', lease: 'keep' })
      .then({ put: 'd', value: '1', lease: mine }, { put: 'e', value: '1', lease: 4711 })
    await expect(keep.commit()).rejects.toMatchObject({
      reason: 'no-key',
      outcome: 'not-applied',
      message: expect.stringContaining("the key 'c' is not there"),
    })
    await kv.put('c', '1')
    await expect(keep.commit()).rejects.toMatchObject({
      reason: 'no-lease',
      message: expect.stringContaining('there is no lease 4711'),
    })
  })
})

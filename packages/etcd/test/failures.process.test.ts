// Requests to an etcd that is not there, stands still, or dies: the outcome says what is known of a write.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EtcdOptions, etcd } from '../src/index.ts'

const short = { dialTimeout: 300, requestTimeout: 300 }
const nobody = 'http://127.0.0.1:1'

describe('without an etcd', () => {
  it.each([
    ['a port that refuses', nobody],
    ['a host that does not exist', 'http://nowhere.invalid:2379'],
  ])('%s: a write was not applied, and a read is over in time', async (_, host) => {
    await using store = etcd({ hosts: host, ...short })
    await expect(store.kv.put('a', '1')).rejects.toMatchObject({
      code: 'OARLOCK_NO_LEADER',
      outcome: 'not-applied',
      message: expect.stringContaining(host),
    })
    await expect(store.kv.get('a')).rejects.toMatchObject({ code: 'OARLOCK_READ_TIMEOUT' })
    const watch = store.kv.watch('a')
    await expect(watch.started).rejects.toMatchObject({ code: 'OARLOCK_READ_TIMEOUT' })
  })

  it('a host that accepts and says nothing: a write was not applied', async () => {
    const mute = createServer().listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const { port } = mute.address() as { port: number }
    await using store = etcd({ hosts: `127.0.0.1:${port}`, ...short })
    await expect(store.kv.put('a', '1')).rejects.toMatchObject({ code: 'OARLOCK_NO_LEADER' })
    mute.close()
  })

  it('calls that wait are over when it is closed or aborted, and later ones fail', async () => {
    const { kv, close } = withClose({ hosts: nobody })
    const aborting = kv.put('a', '1', { signal: AbortSignal.timeout(20) })
    await expect(aborting).rejects.toMatchObject({
      code: 'OARLOCK_PROPOSAL_ABORTED',
      outcome: 'not-applied',
    })
    const reading = kv.get('a', { signal: AbortSignal.timeout(20) })
    await expect(reading).rejects.toMatchObject({ code: 'OARLOCK_READ_ABORTED', outcome: 'not-a-write' })
    const calls = [kv.put('a', '1'), kv.lease(1000), kv.compact(7), kv.transaction().commit()]
    const reads = [kv.get('a'), kv.leases(), kv.watch('a').started]
    const all = Promise.allSettled([...calls, ...reads])
    await close()
    const later = await Promise.allSettled([kv.put('a', '1'), kv.get('a')])
    const outcomes = [...(await all), ...later].map((settled) =>
      settled.status === 'rejected' ? `${settled.reason.code} ${settled.reason.outcome}` : 'resolved',
    )
    const closed = (outcome: string) => `OARLOCK_MEMBER_CLOSED ${outcome}`
    expect(outcomes).toEqual([
      ...calls.map(() => closed('not-applied')),
      ...reads.map(() => closed('not-a-write')),
      closed('not-applied'),
      closed('not-a-write'),
    ])
  })
})

function withClose(options: EtcdOptions) {
  const store = etcd(options)
  return { kv: store.kv, close: () => store.close() }
}

describeWithEtcd('an etcd that fails', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await EtcdServer.start()
  })
  beforeEach(() => server.empty())
  afterAll(() => server[Symbol.asyncDispose]())

  it('another host is used when one is not there', async () => {
    await using store = etcd({ hosts: [nobody, server.url, 'http://127.0.0.1:2'] })
    await store.kv.put('a', '1')
    expect((await store.kv.get('a'))?.value).toBe('1')
  })

  it('an etcd that stands still leaves it unknown whether a write was applied, and applies it once at most', async () => {
    await using store = etcd({ hosts: server.url, ...short })
    const { kv } = store
    await kv.put('a', '0')
    await server.freeze()
    await expect(kv.put('a', '1')).rejects.toMatchObject({
      code: 'OARLOCK_PROPOSAL_TIMEOUT',
      outcome: 'unknown',
    })
    // Now it is known that nobody answers.
    await expect(kv.put('a', '2')).rejects.toMatchObject({
      code: 'OARLOCK_NO_LEADER',
      outcome: 'not-applied',
    })
    await expect(kv.get('a', { consistency: 'local' })).rejects.toMatchObject({
      code: 'OARLOCK_READ_TIMEOUT',
    })
    server.wake()
    const item = await kv.get('a')
    expect(['0 v1', '1 v2']).toContain(`${item?.value} v${item?.version}`)
  })

  it('an aborted write that was sent may have been applied', async () => {
    await using store = etcd({ hosts: server.url, ...short })
    await store.kv.put('a', '0')
    await server.freeze()
    await expect(store.kv.put('a', '1', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: 'OARLOCK_PROPOSAL_ABORTED',
      outcome: 'unknown',
    })
    server.wake()
  })

  it('an etcd that dies leaves it unknown what it has done, and when it is back it is used again', async () => {
    await using store = etcd({ hosts: server.url, dialTimeout: 400 })
    const { kv } = store
    const { revision } = await kv.put('a', '0')
    await server.freeze()
    const write = kv.put('a', '1').catch((error: unknown) => error)
    const read = kv.get('a')
    const tries = Array.from({ length: 3 }, () => kv.put('b', '1').catch((error: unknown) => error))
    await server.kill()
    for (const error of await Promise.all([write, ...tries]))
      expect(error).toMatchObject({ code: 'OARLOCK_PROPOSAL_TIMEOUT', outcome: 'unknown' })
    await expect(kv.put('a', '2')).rejects.toMatchObject({ code: 'OARLOCK_NO_LEADER' })
    await server.start()
    // The read has waited for it all the time.
    expect((await read)?.modRevision).toBe(revision)
    await kv.put('a', '3')
  })

  it('a request that is too large for etcd was not applied', async () => {
    await using store = etcd({ hosts: server.url })
    const puts = (count: number, value: string) =>
      Array.from({ length: count }, (_, n) => ({ put: `k${n}`, value }))
    const commit = (count: number, value: string) =>
      store.kv
        .transaction()
        .then(...puts(count, value))
        .commit()
    for (const [count, value] of [
      [200, ''],
      [2, 'v'.repeat(900_000)],
      [4, 'v'.repeat(900_000)],
    ] as const)
      await expect(commit(count, value)).rejects.toMatchObject({
        code: 'OARLOCK_INVALID_COMMAND',
        outcome: 'not-applied',
      })
    expect((await store.kv.range({ prefix: '' })).count).toBe(0)
  })

  it('answers may be larger than what gRPC takes by default', async () => {
    await using store = etcd({ hosts: server.url })
    for (let n = 0; n < 6; n++) await store.kv.put(`k${n}`, 'v'.repeat(900_000))
    const { items } = await store.kv.range({ prefix: 'k' })
    expect(items.map(({ value }) => value.length)).toEqual(Array(6).fill(900_000))
  })
})

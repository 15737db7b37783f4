// Watches whose connection breaks, whose history is compacted, and that nobody reads.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { WatchStream } from '@oarlock/store'
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { etcd } from '../src/index.ts'

describeWithEtcd('a watch of etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await EtcdServer.start()
  })
  beforeEach(() => server.empty())
  afterAll(() => server[Symbol.asyncDispose]())

  /** The values of the next changes, with their revisions. */
  async function next(watch: WatchStream, count: number): Promise<string[]> {
    const seen: string[] = []
    while (seen.length < count) {
      const { value, done } = await watch.next()
      if (done) throw new Error('the watch has ended')
      for (const { item } of value.events) seen.push(`${value.revision}:${item.value}`)
    }
    return seen
  }

  it('goes on where it was when etcd was away: nothing is left out, and nothing comes twice', async () => {
    await using store = etcd({ hosts: server.url })
    const { kv } = store
    const { revision } = await kv.put('a', '0')
    const watch = kv.watch('a', { from: revision })
    await kv.put('a', '1')
    expect(await next(watch, 2)).toEqual([`${revision}:0`, `${revision + 1}:1`])
    const waiting = next(watch, 3)
    await server.kill()
    await server.start()
    for (const value of ['2', '3', '4']) await kv.put('a', value)
    expect(await waiting).toEqual([`${revision + 2}:2`, `${revision + 3}:3`, `${revision + 4}:4`])
    await watch.return!()
  })

  it('ends when what it wants next was compacted while it was away', async () => {
    await using store = etcd({ hosts: server.url })
    const { kv } = store
    const { revision } = await kv.put('a', '0')
    const watch = kv.watch('a', { from: revision })
    await next(watch, 1)
    await server.kill()
    await server.start()
    for (const value of ['1', '2']) await kv.put('a', value)
    await kv.compact(revision + 2)
    // Only now it is asked again, and finds that its connection is broken.
    await expect(watch.next()).rejects.toMatchObject({
      code: 'OARLOCK_STORE_REFUSED',
      reason: 'compacted',
      compacted: revision + 2,
    })
  })

  it('is refused from the revision of the last compaction on, as what that has deleted is forgotten', async () => {
    await using store = etcd({ hosts: server.url })
    const { kv } = store
    await kv.put('a', '0')
    const { revision } = await kv.delete('a')
    await kv.put('b', '0')
    await kv.compact(revision)
    const watch = kv.watch('a', { from: revision })
    await expect(watch.next()).rejects.toMatchObject({ reason: 'compacted', compacted: revision })
    const later = kv.watch({ prefix: '' }, { from: revision + 1 })
    expect(await next(later, 1)).toEqual([`${revision + 1}:0`])
    await later.return!()
  })

  it('has no stream while nobody reads it, and leaves nothing out', async () => {
    await using store = etcd({ hosts: server.url })
    const { kv } = store
    const { revision } = await kv.put('a', '0')
    const watch = kv.watch('a', { from: revision })
    await watch.started
    expect(await streams(server)).toBe(0)
    await next(watch, 1)
    expect(await streams(server)).toBe(1)
    await vi.waitFor(async () => expect(await streams(server)).toBe(0), { timeout: 3000, interval: 50 })
    await kv.put('a', '1')
    expect(await next(watch, 1)).toEqual([`${revision + 1}:1`])
    await watch.return!()
    await vi.waitFor(async () => expect(await streams(server)).toBe(0), { timeout: 3000, interval: 50 })
  })

  it('leaves the connection as it is when it ends', async () => {
    let connections = 0
    await using proxy = createServer((socket) => {
      connections++
      const upstream = connect(Number(new URL(server.url).port), '127.0.0.1')
      socket.pipe(upstream).pipe(socket)
      for (const end of [socket, upstream]) end.on('error', () => socket.destroy())
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const { port } = proxy.address() as { port: number }
    await using store = etcd({ hosts: `127.0.0.1:${port}` })
    const { kv } = store
    for (let n = 0; n < 3; n++) {
      const { revision } = await kv.put('a', String(n))
      const watch = kv.watch('a', { from: revision })
      await next(watch, 1)
      await watch.return!()
    }
    expect(connections).toBe(1)
    await store.close()
  })

  it('ends when its store is closed', async () => {
    const store = etcd({ hosts: server.url })
    const watch = store.kv.watch('a')
    await watch.started
    const next = watch.next()
    await store.close()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})

async function streams(server: EtcdServer): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^etcd_debugging_mvcc_watch_stream_total (\d+)$/m.exec(metrics)![1])
}

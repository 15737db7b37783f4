// A cluster of three etcds, of which members die.
import { describeWithEtcd, EtcdServer } from '@oarlock/test-support/etcd-server'
import { expect, it, vi } from 'vitest'
import { etcd } from '../src/index.ts'

describeWithEtcd('a cluster of etcd', () => {
  it('serves while it has a majority: watches and leases go on at other members', async () => {
    const servers = await EtcdServer.startCluster(3)
    await using _servers = { [Symbol.asyncDispose]: () => disposeAll(servers) }
    await using store = etcd({
      hosts: servers.map(({ url }) => url),
      dialTimeout: 1000,
      requestTimeout: 1000,
    })
    const { kv } = store
    const lease = await kv.lease(60_000)
    const { revision } = await kv.put('a', '0', { lease })
    const watch = kv.watch('a', { from: revision })
    const seen: string[] = []
    const watching = (async () => {
      for await (const { events } of watch) for (const { item } of events) seen.push(item.value)
    })()

    // Everything goes to one of the first two.
    for (const [n, server] of servers.slice(0, 2).entries()) {
      await server.kill()
      await written(kv, `${n + 1}`)
      await server.start()
    }
    expect(lease.held).toBe(true)
    expect((await kv.get('a'))?.value).toBe('2')

    await Promise.all(servers.slice(1).map((server) => server.kill()))
    const left = etcd({ hosts: servers[0]!.url, dialTimeout: 400, requestTimeout: 400 })
    await using _left = left
    // etcd knows after an election timeout that it has no leader.
    let error: unknown
    do error = await left.kv.put('b', '1').catch((thrown: unknown) => thrown)
    while ((error as { code?: string }).code === 'OARLOCK_PROPOSAL_TIMEOUT')
    expect(error).toMatchObject({ code: 'OARLOCK_NO_LEADER', message: expect.stringContaining('no leader') })
    await expect(left.kv.get('a')).rejects.toMatchObject({ code: 'OARLOCK_READ_TIMEOUT' })
    expect(await left.kv.get('a', { consistency: 'local' })).not.toBeNull()

    await Promise.all(servers.slice(1).map((server) => server.start()))
    await written(kv, 'last')
    await vi.waitFor(() => expect(seen).toContain('last'), { timeout: 20_000, interval: 10 })
    await watch.return!()
    await watching
    expect(seen).toEqual(['0', '1', '2', 'last'])
  })
})

/** Tries it until it is there: a repetition that finds it there changes nothing. */
const written = (kv: ReturnType<typeof etcd>['kv'], value: string): Promise<void> =>
  vi.waitFor(
    async () => {
      const put = { put: 'a', value, lease: 'keep' } as const
      await kv.transaction().when('a', 'value', '!=', value).then(put).commit()
    },
    { timeout: 20_000, interval: 10 },
  )

const disposeAll = async (servers: readonly EtcdServer[]): Promise<void> => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
}

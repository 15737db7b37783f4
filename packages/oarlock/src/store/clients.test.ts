// Clients of the store without sockets: the suite of every store, and connections that are lost.
import { storeConformance } from '@oarlock/testkit/conformance'
import { describe, expect, it, test } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { StoreClient } from '../../test/store-client.ts'

storeConformance('over a connection to a follower', { describe, test }, async () => {
  const cluster = await new Cluster(3).start()
  const { member } = await cluster.leading()
  const client = new StoreClient().connect(cluster.others(member)[0]!)
  return {
    store: client.store,
    dispose: async () => {
      client.close()
      await cluster[Symbol.asyncDispose]()
    },
  }
})

describe('a client', () => {
  it('has its change applied once, though the answer was lost and another member was asked again', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [first, second] = cluster.others(member)
    const client = new StoreClient().connect(first!)
    await client.store.put('n', '0')
    client.losesAnswers = true
    const watch = member.kv.watch('n')
    await watch.started
    const putting = client.store.put('n', '1')
    await watch.next()
    client.losesAnswers = false
    client.connect(second!)
    const { revision } = await putting
    expect(await member.kv.get('n')).toMatchObject({ value: '1', version: 2, modRevision: revision })
    client.close()
  })

  it('goes on with its watches on another connection, without a gap or a repetition', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const others = cluster.others(member)
    const client = new StoreClient().connect(others[0]!)
    const watch = client.store.watch({ prefix: '' })
    await watch.started
    const seen: string[] = []
    for (let n = 0; n < 30; n++) {
      await member.kv.put('n', String(n))
      if (n % 3 === 0) client.connect(others[(n / 3) % 2]!)
      if (n % 2 === 0) continue
      for (let more = 0; more < 2; more++) seen.push((await watch.next()).value!.events[0]!.item.value)
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => String(n)))
    client.close()
  })

  it('keeps its leases on another connection, and loses them when it is closed', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [first, second] = cluster.others(member)
    const client = new StoreClient().connect(first!)
    const lease = await client.store.lease(1000)
    await client.store.put('key', 'value', { lease })
    client.connect(second!)
    const { deadline } = lease
    while (lease.deadline === deadline) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(lease.held).toBe(true)
    const gone = member.kv.watch('key', { only: 'delete' })
    await gone.started
    client.close()
    expect([lease.held, lease.signal.aborted]).toEqual([false, true])
    await gone.next()
    expect(await member.kv.leases()).toEqual([])
  })

  it('says that nothing was changed when it never had a connection, and else that it is not known', async () => {
    await using cluster = await new Cluster(1).start()
    const { member } = await cluster.leading()
    const client = new StoreClient(200)
    const never = {
      code: 'OARLOCK_NO_LEADER',
      outcome: 'not-applied',
      message: expect.stringContaining('nobody is there'),
    }
    await expect(client.store.put('a', '1')).rejects.toMatchObject(never)
    await expect(client.store.get('a')).rejects.toMatchObject({
      code: 'OARLOCK_READ_TIMEOUT',
      outcome: 'not-a-write',
    })
    client.connect(member)
    await client.store.put('a', '1')
    client.losesAnswers = true
    await expect(client.store.put('a', '2')).rejects.toMatchObject({
      code: 'OARLOCK_PROPOSAL_TIMEOUT',
      outcome: 'unknown',
    })
    client.close()
    await expect(client.store.put('a', '3')).rejects.toMatchObject({
      code: 'OARLOCK_MEMBER_CLOSED',
      outcome: 'not-applied',
    })
  })

  it('looks for another member when this one cannot serve', async () => {
    await using cluster = await new Cluster(3, (id) =>
      id === 'c' ? { kind: 'witness' as const } : {},
    ).start()
    const { member } = await cluster.leading()
    const client = new StoreClient().connect(cluster.member('c'))
    const putting = client.store.put('a', '1')
    while (client.toldToLookElsewhere.length === 0) await new Promise((resolve) => setImmediate(resolve))
    client.connect(member)
    await putting
    expect(await client.store.get('a')).toMatchObject({ value: '1' })
    client.close()
  })

  it('looks for another member when this one is cut off from the others, long before its request times out', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [away] = cluster.others(member)
    const client = new StoreClient(30_000).connect(away!)
    await client.store.put('a', '1')
    const watch = client.store.watch('a')
    await watch.started
    const next = watch.next()
    cluster.isolate(away!)
    const began = performance.now()
    const putting = client.store.put('a', '2')
    while (!client.toldToLookElsewhere.includes('OARLOCK_NO_LEADER'))
      await new Promise((resolve) => setTimeout(resolve, 10))
    expect(performance.now() - began).toBeLessThan(20_000)
    client.connect(member)
    const { revision } = await putting
    expect((await next).value).toMatchObject({ revision })
    expect(await client.store.get('a')).toMatchObject({ value: '2', version: 2 })
    client.close()
  })

  it('aborts what its caller does not want any more', async () => {
    await using cluster = await new Cluster(1).start()
    await cluster.leading()
    const client = new StoreClient()
    const reading = client.store.get('a', { signal: AbortSignal.timeout(20) })
    await expect(reading).rejects.toMatchObject({ code: 'OARLOCK_READ_ABORTED' })
    const putting = client.store.put('a', '1', { signal: AbortSignal.timeout(20) })
    await expect(putting).rejects.toMatchObject({ code: 'OARLOCK_PROPOSAL_ABORTED', outcome: 'not-applied' })
    expect(client.calls.pending).toBe(1) // The opening of its session goes on.
    client.close()
  })
})

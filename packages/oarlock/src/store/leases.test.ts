// Leases of a cluster in one process, over a network that tests cut.
import { describe, expect, it } from 'vitest'
import { Cluster, type Joined } from '../../test/cluster.ts'
import type { Lease } from '../index.ts'

/** Resolves when the key is deleted, with when it was. */
async function deleted(member: Joined<unknown, unknown>, key: string, from: number): Promise<number> {
  for await (const _ of member.kv.watch(key, { from, only: 'delete' })) return performance.now()
  throw new Error('the watch ended')
}

describe('a lease', () => {
  it('keeps its keys while its process runs, and takes them with it when that closes, not sooner than its ttl', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [holder, other] = cluster.others(member)
    const lease = await holder!.kv.lease(1000)
    const { revision } = await holder!.kv.put('key', 'value', { lease })
    const gone = deleted(other!, 'key', revision)
    await renewed(lease, lease.deadline + lease.ttl)
    expect((await other!.kv.get('key'))?.lease).toBe(lease.id)
    const closedAt = performance.now()
    await holder!.close()
    expect([lease.held, lease.signal.aborted]).toEqual([false, true])
    // Its last renewal was sent at most a third of its time to live before.
    expect((await gone) - closedAt).toBeGreaterThan(660)
    expect(await other!.kv.leases()).toEqual([])
  })

  it('is over for its holder before anybody else sees that its keys are gone', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [holder, other] = cluster.others(member)
    const lease = await holder!.kv.lease(1000)
    const { revision } = await holder!.kv.put('key', 'value', { lease })
    const gone = deleted(other!, 'key', revision)
    let lostAt = Number.POSITIVE_INFINITY
    lease.signal.addEventListener('abort', () => {
      lostAt = performance.now()
    })
    cluster.isolate(holder!)
    await gone
    expect(lease.held).toBe(false)
    cluster.network.heal()
    expect(await holder!.kv.get('key')).toBeNull()
    expect(lostAt).toBeLessThan(performance.now())
  })

  it('outlives the leader, of which the next one counts it anew', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [holder, other] = cluster.others(member)
    const lease = await holder!.kv.lease(3000)
    await holder!.kv.put('key', 'value', { lease })
    await member.close()
    await cluster.leading([holder!, other!])
    await renewed(lease, lease.deadline + 1)
    expect(await other!.kv.get('key')).not.toBeNull()
    expect(lease.held).toBe(true)
  })

  it('deletes its keys in one revision when it is revoked, and is given back at the end of its scope', async () => {
    await using cluster = await new Cluster(1).start()
    const { member } = await cluster.leading()
    {
      await using lease = await member.kv.lease(5000)
      await member.kv.put('a', '1', { lease })
      const { revision } = await member.kv.put('b', '1', { lease: lease.id })
      await lease.revoke()
      const [batch] = [await member.kv.watch({ prefix: '' }, { from: revision + 1 }).next()]
      expect(batch.value?.events.length).toBe(2)
      expect(lease.held).toBe(false)
    }
    {
      await using lease = await member.kv.lease(5000)
      await member.kv.put('c', '1', { lease })
      expect(await member.kv.leases()).toEqual([{ id: lease.id, ttl: 5000 }])
    }
    expect(await member.kv.get('c')).toBeNull()
    expect(await member.kv.leases()).toEqual([])
  })

  it('is renewed by one message, whatever the number of leases', async () => {
    let sent = 0
    await using cluster: Cluster<unknown, unknown> = new Cluster(3, (id) => {
      const transport = cluster.network.transport(id)
      const send = transport.send.bind(transport)
      transport.send = (envelopes) => {
        sent += envelopes.filter(({ message }) => message.type === 'store').length
        send(envelopes)
      }
      return { transport }
    })
    await cluster.start()
    const { member } = await cluster.leading()
    const [holder] = cluster.others(member)
    const [lease] = await Promise.all(Array.from({ length: 500 }, () => holder!.kv.lease(900)))
    const [before, began] = [sent, performance.now()]
    await renewed(lease!, lease!.deadline + lease!.ttl)
    // A renewal and its answer, every 300 ms.
    expect(sent - before).toBeLessThanOrEqual(2 * (1 + (performance.now() - began) / 300))
    expect(sent - before).toBeGreaterThan(2)
    expect((await member.kv.leases()).length).toBe(500)
  })
})

/** Resolves when the lease is confirmed until this time of its member's clock. */
async function renewed(lease: Lease, until: number): Promise<void> {
  while (lease.deadline < until) {
    expect(lease.held).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

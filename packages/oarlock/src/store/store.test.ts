// The store of members: the suite of every store, and what concerns a member of it.
import { until } from '@oarlock/test-support/event'
import { storeConformance } from '@oarlock/testkit/conformance'
import { describe, expect, it, test } from 'vitest'
import { Cluster, type Joined } from '../../test/cluster.ts'
import { ListMachine } from '../../test/list-machine.ts'
import { StoreRefusedError } from '../index.ts'

const runner = { describe, test }

for (const [which, size, pick] of [
  ['on the leader of three', 3, 0],
  ['on a follower', 3, 1],
  ['on the only member', 1, 0],
] as const)
  storeConformance(which, runner, async () => {
    const cluster = await new Cluster(size).start()
    const { member } = await cluster.leading()
    const members = [member, ...cluster.others(member)]
    return { store: members[pick]!.kv, dispose: () => cluster[Symbol.asyncDispose]() }
  })

/** Resolves when the logs of these members begin after the entries that they have now. */
async function cutLogs(leader: Joined<string, number>, other: Joined<string, number>): Promise<void> {
  const last = leader.status().lastIndex
  // A member that was heard a moment ago is waited for.
  while (leader.status().firstIndex <= last || other.status().firstIndex <= last) {
    await leader.propose('command')
    await Promise.all([leader.snapshot(), other.snapshot()])
  }
}

describe('the store of a member', () => {
  it('is beside the state machine of the application, and neither sees the commands of the other', async () => {
    const machines: ListMachine[] = []
    await using cluster = await new Cluster<string, number>(3, () => {
      const machine = new ListMachine()
      machines.push(machine)
      return { machine }
    }).start()
    const [a, b] = cluster.members
    await a!.propose('first')
    await b!.kv.put('key', 'value')
    await b!.propose('second')
    expect((await a!.kv.get('key'))?.value).toBe('value')
    await a!.kv.get('key', { consistency: { atLeast: 2 } })
    expect(machines[0]!.items).toEqual(['first', 'second'])
  })

  it('is in its snapshots, and a member that was away gets it in one', async () => {
    await using cluster = await new Cluster<string, number>(3, () => ({ machine: new ListMachine() })).start()
    const { member } = await cluster.leading()
    const [away, other] = cluster.others(member)
    await away!.close()
    const { revision } = await member.kv.put('key', 'value')
    await member.kv.put('key', 'later')
    await cutLogs(member, other!)
    await cluster.start(away!.id)
    const { kv } = cluster.member(away!.id)
    expect((await kv.get('key'))?.value).toBe('later')
    expect((await kv.get('key', { revision }))?.value).toBe('value')
    expect(cluster.member(away!.id).status().snapshot).not.toBeNull()
  })

  it('begins empty with a snapshot from before it was used, which has no section for it', async () => {
    await using cluster = await new Cluster<string, number>(1, () => ({ machine: new ListMachine() })).start()
    const { member } = await cluster.leading()
    await member.propose('command')
    await member.snapshot()
    await member.close()
    await cluster.start('a')
    const { kv } = cluster.member('a')
    expect((await kv.range({ prefix: '' })).count).toBe(0)
  })

  it('goes on after a restart, where it was', async () => {
    await using cluster = await new Cluster(1).start()
    const { member } = await cluster.leading()
    const { revision } = await member.kv.put('key', 'value')
    await member.snapshot()
    await member.kv.put('key', 'later')
    await member.close()
    await cluster.start('a')
    const { kv } = cluster.member('a')
    expect(await kv.get('key')).toMatchObject({ value: 'later', modRevision: revision + 1 })
  })

  it('forgets what was replaced when its history is over', async () => {
    await using cluster = await new Cluster(1, () => ({ store: { history: 1000 } })).start()
    const { member } = await cluster.leading()
    const { revision } = await member.kv.put('key', 'before')
    await member.kv.put('key', 'after')
    const reading = async (): Promise<string> => (await member.kv.get('key', { revision }))!.value
    while (
      await reading().then(
        () => true,
        () => false,
      )
    )
      await new Promise((resolve) => setTimeout(resolve, 50))
    await expect(reading()).rejects.toMatchObject({ reason: 'compacted' })
    expect(await member.kv.get('key')).toMatchObject({ value: 'after', version: 2 })
  })

  it('refuses what is beyond its limits on every member, and takes it again when there is room', async () => {
    await using cluster = await new Cluster(3, () => ({ store: { maxKeys: 3 } })).start()
    const { member } = await cluster.leading()
    // The first write makes the leader limit the store.
    await member.kv.put('first', '')
    const other = cluster.members.find((one) => one !== member)!
    let keys = 1
    const fill = async (): Promise<void> => {
      for (;;) {
        await other.kv.put(`key ${keys}`, '')
        keys++
      }
    }
    await expect(fill()).rejects.toMatchObject({
      code: 'OARLOCK_STORE_REFUSED',
      reason: 'full',
      outcome: 'not-applied',
      message: 'the store is full, as it may have 3 keys: nothing was changed',
    })
    await member.kv.delete({ prefix: '' })
    await other.kv.put('again', '')
  })

  it('is in the metrics: what there is, and what there may be', async () => {
    await using cluster = await new Cluster(1, () => ({
      store: { maxKeys: 30, maxLeases: Number.POSITIVE_INFINITY },
    })).start()
    const { member } = await cluster.leading()
    expect(member.metrics().store).toMatchObject({ revision: 1, keys: 0, bytes: 0, limits: { keys: null } })
    const lease = await member.kv.lease(10_000)
    await member.kv.put('a', 'before', { lease })
    await member.kv.put('a', 'after')
    const watch = member.kv.watch('a')
    await watch.started
    const next = watch.next()
    await until(() => member.metrics().store!.limits.keys !== null && member.metrics().store!.watches > 0)
    const { store } = member.metrics()
    expect(store).toMatchObject({
      revision: 3,
      keys: 1,
      leases: 1,
      limits: { keys: 30, leases: null },
      watches: 1,
      clients: 0,
      clientRequests: 0,
    })
    expect(store!.liveBytes).toBeLessThan(store!.bytes)
    await member.close()
    await next
  })

  it('ends its watches when the member closes', async () => {
    await using cluster = await new Cluster(1).start()
    const { member } = await cluster.leading()
    const watch = member.kv.watch({ prefix: '' })
    await watch.started
    const next = watch.next()
    await member.close()
    expect(await next).toEqual({ done: true, value: undefined })
  })

  it('wakes a watch on a member that installs a snapshot instead of the changes', async () => {
    await using cluster = await new Cluster<string, number>(3, () => ({ machine: new ListMachine() })).start()
    const { member } = await cluster.leading()
    const [away] = cluster.others(member)
    const { revision } = await member.kv.put('key', 'before')
    await away!.kv.get('key', { consistency: { atLeast: revision } })
    const watch = away!.kv.watch('key', { from: revision + 1 })
    const next = watch.next()
    await watch.started
    cluster.isolate(away!)
    await member.kv.put('key', 'during')
    await cutLogs(member, cluster.others(member).find((one) => one !== away)!)
    cluster.network.heal()
    expect(await next).toMatchObject({ value: { events: [{ item: { value: 'during' } }] } })
  })

  it('refuses each call of a closed member, which changes nothing', async () => {
    await using cluster = await new Cluster(1).start()
    const { member } = await cluster.leading()
    await member.close()
    await expect(member.kv.put('a', '1')).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
    await expect(member.kv.get('a')).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
    await expect(member.kv.watch('a').next()).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
  })

  it('is not there in a cluster that only elects, nor on a witness', async () => {
    await using electing = await new Cluster(1, () => ({ purpose: 'election' as const })).start()
    const [only] = electing.members
    await expect(only!.kv.put('a', '1')).rejects.toMatchObject({ code: 'OARLOCK_ELECTION_ONLY' })
    await expect(only!.kv.get('a')).rejects.toMatchObject({ code: 'OARLOCK_NOT_READABLE' })
    await using cluster = await new Cluster(3, (id) =>
      id === 'c' ? { kind: 'witness' as const } : {},
    ).start()
    const { member } = await cluster.leading()
    await member.kv.put('a', '1')
    const witness = cluster.member('c')
    await expect(witness.kv.put('a', '2')).rejects.toMatchObject({ code: 'OARLOCK_NO_SESSION' })
    await expect(witness.kv.get('a')).rejects.toMatchObject({ code: 'OARLOCK_NOT_READABLE' })
  })

  it('refuses a request that is too long for one entry of the log', async () => {
    await using cluster = await new Cluster(1).start()
    const { member } = await cluster.leading()
    const value = new Uint8Array(1024 * 1024)
    const puts = Array.from({ length: 5 }, (_, n) => ({ put: `key ${n}`, value }))
    await expect(
      member.kv
        .transaction()
        .then(...puts)
        .commit(),
    ).rejects.toMatchObject({ code: 'OARLOCK_INVALID_COMMAND', outcome: 'not-applied' })
  })

  it('says why it refuses, by a class of its own', async () => {
    await using cluster = await new Cluster(1).start()
    const { member } = await cluster.leading()
    await expect(member.kv.put('a', '1', { lease: 7 })).rejects.toThrow(StoreRefusedError)
    await expect(member.kv.put('a', '1', { lease: 7 })).rejects.toThrow(
      'there is no lease 7: it has ended, or never was: nothing was changed',
    )
  })
})

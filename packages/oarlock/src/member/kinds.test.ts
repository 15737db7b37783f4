import type { StateMachine } from '@oarlock/runtime'
import { describe, expect, it } from 'vitest'
import { Cluster, type Joined, seen } from '../../test/cluster.ts'

/** A state machine that keeps every command. */
const list = (): StateMachine<string, number> & { readonly all: string[] } => ({
  all: [],
  apply(command) {
    return this.all.push(command)
  },
})

describe('two full members and a witness', () => {
  it('work without either full member, and lose nothing', async () => {
    const machines = new Map([
      ['a', list()],
      ['b', list()],
    ])
    await using cluster = await new Cluster<string, number>(3, (id) =>
      id === 'c' ? { kind: 'witness' } : { machine: machines.get(id)! },
    ).start()
    const full = [cluster.member('a'), cluster.member('b')]
    const { member: first } = await cluster.leading(full)
    const [second] = full.filter((member) => member !== first) as [Joined<string, number>]
    cluster.network.cut(first.id, second.id)
    expect(await first.propose('only here and at the witness')).toBe(1)
    await first.close()
    cluster.network.heal()
    const { member: next } = await cluster.leading([second])
    expect(await next.propose('afterwards')).toBe(2)
    expect(machines.get(next.id)!.all).toEqual(['only here and at the witness', 'afterwards'])
    expect(cluster.member('c').leadership).toBeNull()
  })
})

describe('a member of higher priority', () => {
  it('gets leadership transferred', async () => {
    await using cluster = await new Cluster(3, (id) => ({ priority: id === 'c' ? 2 : 1 })).start()
    await cluster.leading([cluster.member('c')])
    for (const member of cluster.members)
      expect((await seen(member.observe(), (leader) => leader?.id === 'c'))?.id).toBe('c')
  })
})

describe('a cluster whose purpose is election', () => {
  it('has leaderships with fences, and an empty log', async () => {
    await using cluster = await new Cluster(3, () => ({ purpose: 'election' })).start()
    const { member, leadership } = await cluster.leading()
    await member.close()
    const { leadership: next } = await cluster.leading(cluster.others(member))
    expect(next.fence).toBeGreaterThan(leadership.fence)
    for (const { id } of cluster.others(member)) expect(cluster.member(id).status().lastIndex).toBe(0)
  })

  it('refuses proposals with ElectionOnlyError', async () => {
    await using cluster = await new Cluster(3, () => ({ purpose: 'election' })).start()
    const { member } = await cluster.leading()
    for (const proposer of [member, ...cluster.others(member)])
      await expect(proposer.propose('x')).rejects.toMatchObject({
        code: 'OARLOCK_ELECTION_ONLY',
        outcome: 'not-applied',
      })
  })
})

import type { StateMachine } from '@oarlock/runtime'
import { aborted } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { Cluster, seen } from '../../test/cluster.ts'

/** A state machine that adds, and returns the sum. */
const sum = (): StateMachine<number, number> & { total: number } => ({
  total: 0,
  apply(command) {
    this.total += command
    return this.total
  },
})

describe('a cluster of three', () => {
  it('elects one leader, which all members know', async () => {
    await using cluster = await new Cluster(3).start()
    const { member, leadership } = await cluster.leading()
    for (const other of cluster.members)
      expect(await seen(other.observe(), (leader) => leader?.fence === leadership.fence)).toEqual({
        id: member.id,
        fence: leadership.fence,
      })
    expect(leadership.held).toBe(true)
    expect(leadership.deadline).toBeGreaterThan(performance.now())
    expect(() => leadership.assertHeld()).not.toThrow()
    for (const other of cluster.others(member)) expect(other.leadership).toBeNull()
  })

  it("gives every proposer the state machine's result, on the leader and on followers", async () => {
    await using cluster = await new Cluster<number, number>(3, () => ({ machine: sum() })).start()
    const { member } = await cluster.leading()
    const [follower] = cluster.others(member)
    expect(await member.propose(1)).toBe(1)
    expect(await follower!.propose(10)).toBe(11)
    expect(await member.propose(100)).toBe(111)
  })

  it('applies the commands of many proposers in the same order on every member', async () => {
    const machines = new Map(['a', 'b', 'c'].map((id) => [id, { seen: [] as string[] }]))
    await using cluster = await new Cluster<string, number>(3, (id) => ({
      machine: { apply: (command) => machines.get(id)!.seen.push(command) },
    })).start()
    await cluster.leading()
    const proposals = cluster.members.flatMap((member) =>
      Array.from({ length: 100 }, async (_, n) => [
        await member.propose(`${member.id}${n}`),
        `${member.id}${n}`,
      ]),
    )
    const places = new Map((await Promise.all(proposals)) as [number, string][])
    // The result is the command's position: each is there once.
    expect(places.size).toBe(300)
    for (const member of cluster.members) await member.propose('end')
    const [a, b, c] = [...machines.values()].map((machine) => machine.seen.slice(0, 300))
    expect(a).toEqual(b)
    expect(a).toEqual(c)
    a!.forEach((command, at) => {
      expect(places.get(at + 1)).toBe(command)
    })
  })

  it('ends the leadership of a leader that is cut off before the next one begins', async () => {
    await using cluster = await new Cluster(3).start()
    const { member, leadership } = await cluster.leading()
    const rest = cluster.others(member)
    cluster.isolate(member)
    const next = await cluster.leading(rest)
    expect(leadership.held).toBe(false)
    expect(next.leadership.held).toBe(true)
    expect(next.leadership.fence).toBeGreaterThan(leadership.fence)
    await aborted(leadership.signal)
    expect(leadership.signal.reason).toMatchObject({ code: 'OARLOCK_LEADERSHIP_LOST' })
    expect(() => leadership.assertHeld()).toThrow(leadership.signal.reason.message)
    cluster.network.heal()
    await seen(member.observe(), (leader) => leader?.id === next.member.id)
    expect(member.leadership).toBeNull()
    expect(leadership.held).toBe(false)
  })

  it('transfers leadership to the given member', async () => {
    await using cluster = await new Cluster(3).start()
    const { member, leadership } = await cluster.leading()
    const [target] = cluster.others(member)
    expect(await member.transferLeadership({ to: target!.id })).toBe(target!.id)
    expect(leadership.held).toBe(false)
    const next = await cluster.leading([target!])
    expect(next.leadership.fence).toBeGreaterThan(leadership.fence)
  })

  it('transfers leadership at the request of a follower, which must name the successor', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [follower, third] = cluster.others(member)
    await seen(follower!.observe(), (leader) => leader?.id === member.id)
    await expect(follower!.transferLeadership()).rejects.toMatchObject({
      code: 'OARLOCK_TRANSFER_FAILED',
      outcome: 'not-applied',
      leader: member.id,
    })
    expect(await follower!.transferLeadership({ to: third!.id })).toBe(third!.id)
  })

  it('fails a transfer to a member that cannot be reached', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [target] = cluster.others(member)
    cluster.isolate(target!)
    await expect(member.transferLeadership({ to: target!.id })).rejects.toMatchObject({
      code: 'OARLOCK_TRANSFER_FAILED',
    })
    await expect(member.transferLeadership({ to: 'stranger' })).rejects.toMatchObject({
      code: 'OARLOCK_TRANSFER_FAILED',
      outcome: 'not-applied',
    })
  })
})

describe('a cluster of one', () => {
  it('leads, and applies its proposals', async () => {
    await using cluster = await new Cluster<number, number>(1, () => ({ machine: sum() })).start()
    const { member, leadership } = await cluster.leading()
    expect(leadership.held).toBe(true)
    expect(await member.propose(3)).toBe(3)
    await expect(member.transferLeadership()).rejects.toMatchObject({ code: 'OARLOCK_TRANSFER_FAILED' })
  })

  it('replays its log after a restart, before it leads', async () => {
    const machines: { total: number }[] = []
    await using cluster = await new Cluster<number, number>(1, () => {
      const machine = sum()
      machines.push(machine)
      return { machine }
    }).start()
    const first = await cluster.leading()
    for (let n = 1; n <= 20; n++) await first.member.propose(n)
    await first.member.close()
    await cluster.start('a')
    const again = await cluster.leading()
    expect(machines[1]!.total).toBe(210)
    expect(again.leadership.fence).toBeGreaterThan(first.leadership.fence)
    expect(await again.member.propose(1)).toBe(211)
  })

  it('has a status', async () => {
    await using cluster = await new Cluster<number, number>(1, () => ({ machine: sum() })).start()
    const { member, leadership } = await cluster.leading()
    await member.propose(1)
    expect(member.status()).toEqual({
      id: 'a',
      state: 'running',
      held: true,
      leader: 'a',
      problems: [],
      role: 'leader',
      term: leadership.fence,
      commit: 2,
      applied: 2,
      firstIndex: 1,
      lastIndex: 2,
      durableIndex: 2,
      snapshot: null,
      restoring: false,
      pending: { proposals: 0, reads: 0 },
      sessions: 0,
      loopDelay: expect.any(Number),
      peers: {},
      seeds: {},
    })
    expect(member.inspect()).toMatchObject({ id: 'a', role: 'leader', vote: 'a', termStart: 1 })
  })

  it('knows the leader, until it is closed', async () => {
    await using cluster = await new Cluster(1).start()
    const { member, leadership } = await cluster.leading()
    expect(member.leader).toEqual({ id: 'a', fence: leadership.fence })
    await member.close()
    expect(member.leader).toBeNull()
  })

  it('says why there is no leader, or which member leads', async () => {
    await using cluster = await new Cluster(3).start()
    const { member, leadership } = await cluster.leading()
    expect(member.why().leader).toBe(member.id)
    expect(String(member.why())).toContain(`${member.id} leads term ${leadership.fence} and holds its lease`)
    const [other, another] = cluster.others(member)
    await Promise.all([member.close(), another!.close()])
    await seen(other!.observe(), (leader) => leader === null)
    expect(other!.why().leader).toBe(null)
    expect(other!.why().findings.map(({ node }) => node)).toContain(other!.id)
  })
})

describe('observe', () => {
  it('yields the latest value to each observer, then each change, and ends when the member closes', async () => {
    await using cluster = await new Cluster(3).start()
    const { member, leadership } = await cluster.leading()
    const [observed] = cluster.others(member)
    await seen(observed!.observe(), (leader) => leader?.id === member.id)
    const watch = async () => {
      const leaders: (string | undefined)[] = []
      for await (const leader of observed!.observe()) leaders.push(leader?.id)
      return leaders
    }
    const watching = [watch(), watch()]
    await member.close()
    await seen(observed!.observe(), (leader) => leader !== null && leader.fence > leadership.fence)
    await observed!.close()
    for (const leaders of await Promise.all(watching)) {
      expect(leaders[0]).toBe(member.id)
      expect(leaders.length).toBeGreaterThan(1)
    }
  })

  it("ends when the caller's signal aborts", async () => {
    await using cluster = await new Cluster(1).start()
    await cluster.leading()
    const enough = new AbortController()
    const leaders: unknown[] = []
    for await (const leader of cluster.member('a').observe({ signal: enough.signal })) {
      leaders.push(leader)
      enough.abort()
    }
    expect(leaders).toHaveLength(1)
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { Pipe } from './pipe.ts'

let pipe = new Pipe()
afterEach(() => pipe.destroy())

const write = (id: string, value: unknown, timeout = 500) =>
  Promise.all([pipe.raft(id).dispatch('replicateData', value), pipe.pass(timeout)])
const clusterOf = (id: string): string =>
  (pipe.disk(id)!.oarlock as { identity: { cluster: { id: string } } | null }).identity?.cluster.id ?? 'none'
const entriesOf = (id: string): unknown[] => (pipe.disk(id)!.oarlock as { entries: unknown[] }).entries
const votersAt = (id: string): string[] => {
  const packets = pipe.sent.filter(({ from, event }) => from === id && event === 'voteRequest')
  return packets.map(({ to }) => to)
}
const up = (): string[] => [...pipe.nodes].filter(([, node]) => node.up).map(([id]) => id)
/** All nodes that are up have joined the same cluster and follow its one leader. */
const united = (): boolean =>
  pipe.leaders.length === 1 &&
  new Set(up().map(clusterOf)).size === 1 &&
  up().every((id) => String(pipe.raft(id).getLeader()) === pipe.leader)

/** Leaves like the published example on SIGINT. */
async function leave(id: string): Promise<void> {
  const { raft } = pipe.node(id)
  raft.getNode().time = 0
  for (const { id: other } of raft.getFollowers())
    if (pipe.node(other)?.up) pipe.raft(other).dispatch('ackNode', { ...raft.getNode() })
  const left = (async () => {
    await raft.dispatch('serviceCrashed', { reason: 'SIGINT' })
    await raft.destroy()
    pipe.node(id).up = false
  })()
  expect(await pipe.until(() => !pipe.node(id).up, 3000)).toBe(true)
  await left
}

describe('bootstrapping without members', () => {
  it('a node that knows no other bootstraps a cluster alone, after the wait', async () => {
    pipe = new Pipe({ foundingWait: 3000 })
    await pipe.start(['a'])
    await pipe.pass(2900)
    expect(pipe.leaders).toEqual([])
    await pipe.pass(1000)
    expect(pipe.leaders).toEqual(['a'])
  })

  it.each([[['a', 'b', 'c']], [['10', '9', '11']], [['x', '7', 'Y']]])(
    'of %j, which know one another, the smallest bootstraps, and admits the others',
    async (ids) => {
      pipe = new Pipe()
      await pipe.start(ids)
      await pipe.pass(6000)
      const founders = ids.filter((id) => pipe.node(id).logs.some((line) => line.includes('bootstraps one')))
      expect(founders).toEqual([ids.includes('9') ? '9' : ids.includes('7') ? '7' : 'a'])
      expect(united()).toBe(true)
    },
  )

  it('does not wait for a smaller one that is down', async () => {
    pipe = new Pipe()
    pipe.make('b')
    await pipe.begin('b', ['a'])
    await pipe.pass(4000)
    expect(pipe.leaders).toEqual(['b'])
  })

  it('admits a later node, although only one of the two knows the other', async () => {
    pipe = new Pipe()
    await pipe.start(['a'])
    await pipe.pass(3000)
    pipe.make('b')
    await pipe.begin('b', ['a'])
    pipe.make('c')
    await pipe.begin('c')
    pipe.raft('a').dispatch('ackNode', { id: 'c', time: 5 })
    expect(await pipe.until(united, 3000)).toBe(true)
    expect(
      pipe
        .raft('c')
        .getFollowers()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['a', 'b'])
  })

  it('adds a node as a learner, then promotes it, so an empty node cannot hold up a write', async () => {
    pipe = new Pipe()
    await pipe.start(['a'])
    await pipe.pass(3000)
    pipe.make('b')
    // b asks to join, and receives nothing of the log.
    pipe.deliver = ({ to, event }) => !(to === 'b' && event === 'syncData')
    await pipe.begin('b', ['a'])
    await pipe.pass(3000)
    await write('a', 'alone')
    expect(pipe.raft('a').getData()).toBe('alone')
    pipe.heal()
    expect(await pipe.until(() => pipe.agrees('alone'), 5000)).toBe(true)
    // Now b is a voter, and nothing is committed without it.
    await pipe.pass(1000)
    pipe.isolate('b')
    expect(await pipe.until(() => pipe.leaders.length === 0, 2000)).toBe(true)
  })
})

describe('leaving (time: 0)', () => {
  const ready = async (...ids: string[]) => {
    pipe = new Pipe()
    await pipe.start(ids)
    expect(await pipe.until(united, 8000)).toBe(true)
    await pipe.pass(2000)
  }

  it('a follower that left is not needed any more', async () => {
    await ready('a', 'b', 'c')
    await leave('b')
    await leave('c')
    expect(pipe.leaders).toEqual(['a'])
    await write('a', 'alone')
    expect(pipe.agrees('alone')).toBe(true)
    expect(pipe.raft('a').getFollowers()).toEqual([])
  })

  it('a leader transfers leadership before it leaves, and no value is lost', async () => {
    await ready('a', 'b', 'c', 'd')
    const first = pipe.leader
    await write(first, 'kept')
    const before = pipe.now
    await leave(first)
    expect(await pipe.until(() => pipe.leaders.length === 1, 500)).toBe(true)
    expect(pipe.now - before).toBeLessThan(2000)
    expect(pipe.agrees('kept')).toBe(true)
    expect(
      pipe
        .raft(pipe.leader)
        .getFollowers()
        .map(({ id }) => id),
    ).not.toContain(first)
  })

  it('a node that left comes back when it starts again', async () => {
    await ready('a', 'b', 'c')
    const first = pipe.leader
    await leave(first)
    await pipe.until(() => pipe.leaders.length === 1)
    await write(pipe.leader, 'meanwhile')
    await pipe.restart(first, up())
    expect(await pipe.until(() => united() && pipe.agrees('meanwhile'), 5000)).toBe(true)
    await pipe.pass(3000)
    expect(united()).toBe(true)
  })

  it('all may leave, one after another, and come back with the value', async () => {
    await ready('a', 'b', 'c')
    await write('b', 'kept')
    const order = [pipe.leader]
    while (order.length < 3) {
      await leave(order.at(-1)!)
      await pipe.until(() => pipe.leaders.length === 1)
      order.push(pipe.leader)
    }
    await leave(order.at(-1)!)
    for (const id of order) pipe.make(id)
    await Promise.all(order.map((id) => pipe.begin(id, order)))
    expect(await pipe.until(() => united() && pipe.agrees('kept'), 10_000)).toBe(true)
  })

  it('all may leave at once while another joins: they are removed, and told so', async () => {
    await ready('a', 'b', 'c')
    await write('a', 'kept')
    pipe.make('d')
    await pipe.begin('d', ['a', 'b', 'c'])
    const left: string[] = []
    for (const id of ['a', 'b', 'c']) {
      const { raft } = pipe.node(id)
      raft.subscribe('serviceLeft', ({ node }) => left.push(String(node.id)))
      raft.getNode().time = 0
      raft.dispatch('serviceCrashed', { reason: 'SIGINT' })
    }
    expect(await pipe.until(() => left.length === 3, 10_000)).toBe(true)
    expect(left.toSorted()).toEqual(['a', 'b', 'c'])
    for (const id of left) pipe.node(id).up = false
    expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
    await write('d', 'alone')
    expect(pipe.agrees('alone')).toBe(true)
  })

  it('all may leave at once, as on Ctrl-C, without transferring leadership for ever', async () => {
    await ready('a', 'b', 'c')
    const changes = () => ['a', 'b', 'c'].flatMap((id) => pipe.node(id).roles).length
    const before = changes()
    const all = ['a', 'b', 'c'].map((id) => {
      pipe.raft(id).getNode().time = 0
      return pipe.raft(id).dispatch('serviceCrashed', { reason: 'SIGINT' })
    })
    await pipe.pass(3000)
    await Promise.all(all)
    expect(changes() - before).toBeLessThan(20)
    // The last one keeps the acknowledged values.
    expect(pipe.leaders).toHaveLength(1)
  })

  it('is confirmed also to a node that no cluster had admitted yet', async () => {
    await ready('a')
    pipe.make('b')
    pipe.isolate('b')
    await pipe.begin('b', ['a'])
    let left = false
    pipe.raft('b').subscribe('serviceLeft', () => {
      left = true
    })
    pipe.raft('b').getNode().time = 0
    pipe.raft('b').dispatch('serviceCrashed', { reason: 'SIGINT' })
    await pipe.pass(3000)
    expect(left).toBe(false)
    pipe.heal()
    expect(await pipe.until(() => left, 3000)).toBe(true)
  })

  it.each([2, 3, 4, 5])(
    'a node that was removed may forget everything, although the others crash at once (of %d)',
    async (count) => {
      const ids = ['a', 'b', 'c', 'd', 'e'].slice(0, count)
      await ready(...ids)
      await write('a', 'kept')
      const leaving = ids.find((id) => id !== pipe.leader)!
      const { raft } = pipe.node(leaving)
      const staying = ids.filter((id) => id !== leaving)
      let told = false
      raft.subscribe('serviceLeft', () => {
        told = true
        // All crash at this moment, and keep only what they have persisted until now.
        for (const id of ids) pipe.crash(id)
        pipe.disks.delete(leaving)
      })
      raft.getNode().time = 0
      raft.dispatch('serviceCrashed', { reason: 'SIGINT' })
      expect(await pipe.until(() => told, 5000)).toBe(true)
      for (const id of staying) await pipe.restart(id, staying)
      expect(await pipe.until(() => pipe.leaders.length === 1, 5000)).toBe(true)
      expect(await pipe.until(() => pipe.agrees('kept'), 2000)).toBe(true)
    },
  )

  it('a leader transfers leadership on serviceCrashed, and goes on as a follower', async () => {
    await ready('a', 'b', 'c')
    const first = pipe.leader
    await Promise.all([pipe.raft(first).dispatch('serviceCrashed', { reason: 'a bug' }), pipe.pass(800)])
    expect(pipe.leader).not.toBe(first)
    await write(first, 'still there')
    expect(pipe.agrees('still there')).toBe(true)
  })
})

describe('a node that lost its document', () => {
  it('is another voter, which replaces the earlier one and cannot vote twice', async () => {
    pipe = new Pipe()
    await pipe.start(['a', 'b', 'c'])
    await pipe.until(united, 8000)
    await pipe.pass(2000)
    await write('a', 'kept')
    const lost = ['a', 'b', 'c'].find((id) => id !== pipe.leader)!
    const before = (pipe.disk(lost)!.oarlock as { identity: { self: string } }).identity.self
    pipe.crash(lost)
    pipe.disks.delete(lost)
    await pipe.restart(lost, up())
    expect(await pipe.until(() => united() && pipe.agrees('kept'), 8000)).toBe(true)
    expect((pipe.disk(lost)!.oarlock as { identity: { self: string } }).identity.self).not.toBe(before)
    await pipe.pass(3000)
    // It is a voter again, so one more node may fail.
    pipe.crash(pipe.leader)
    expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
  })
})

describe('two clusters that meet', () => {
  const apart = async () => {
    pipe = new Pipe()
    pipe.split('a', 'b')
    for (const id of ['a', 'b', 'c', 'd']) pipe.make(id)
    await Promise.all([
      pipe.begin('a', ['b']),
      pipe.begin('b', ['a']),
      pipe.begin('c', ['d']),
      pipe.begin('d', ['c']),
    ])
    await pipe.pass(5000)
    expect(pipe.leaders).toHaveLength(2)
  }
  const introduce = () => {
    pipe.heal()
    pipe.raft('d').dispatch('ackNode', { id: 'a', time: 1 })
  }

  it('become the one with the smaller id if neither has acknowledged anything', async () => {
    await apart()
    const [stays] = [clusterOf('a'), clusterOf('d')].toSorted()
    introduce()
    expect(await pipe.until(united, 10_000)).toBe(true)
    expect(clusterOf('a')).toBe(stays)
    const gaveUp = ['a', 'b', 'c', 'd'].filter((id) =>
      pipe.node(id).logs.some((line) => line.includes('dissolves in favour')),
    )
    expect(gaveUp).toHaveLength(2)
    await write('d', 'of all')
    await pipe.pass(500)
    expect(pipe.agrees('of all')).toBe(true)
  })

  it('become one after all restart, and no node takes the log of one cluster into the other', async () => {
    await apart()
    await write('d', 'acknowledged')
    for (const id of ['a', 'b', 'c', 'd']) pipe.crash(id)
    for (const id of ['a', 'b', 'c', 'd']) await pipe.restart(id)
    await pipe.pass(3000)
    introduce()
    expect(await pipe.until(() => united() && pipe.agrees('acknowledged'), 10_000)).toBe(true)
    const [first, ...others] = ['a', 'b', 'c', 'd'].map(entriesOf)
    expect(first!.length).toBeGreaterThan(3)
    for (const entries of others) expect(entries).toEqual(first)
  })

  it.each(['a', 'd'])('become the one that has acknowledged a value, the cluster of %s', async (id) => {
    await apart()
    await write(id, 'acknowledged')
    const cluster = clusterOf(id)
    introduce()
    expect(await pipe.until(united, 10_000)).toBe(true)
    expect(clusterOf('a')).toBe(cluster)
    await pipe.pass(500)
    expect(pipe.agrees('acknowledged')).toBe(true)
  })

  it('both go on if both have, and report it once, with what to do', async () => {
    await apart()
    await write('a', 'one')
    await write('c', 'two')
    introduce()
    await pipe.pass(10_000)
    expect(pipe.leaders).toHaveLength(2)
    expect(['a', 'b', 'c', 'd'].map((id) => pipe.raft(id).getData())).toEqual(['one', 'one', 'two', 'two'])
    const told = ['a', 'b', 'c', 'd'].map((id) => pipe.node(id).conflicts)
    expect(told.flat().length).toBeGreaterThan(0)
    for (const conflicts of told) expect(conflicts.length).toBeLessThan(2)
    expect(told.flat()[0]).toMatch(/delete their documents/)
    expect(pipe.node('a').logs.filter((line) => line.includes('another cluster')).length).toBeLessThan(2)
    // Both still commit writes.
    await write('b', 'one more')
    await write('d', 'two more')
    expect(['a', 'b', 'c', 'd'].map((id) => pipe.raft(id).getData())).toEqual([
      'one more',
      'one more',
      'two more',
      'two more',
    ])
  })

  it('never lose a write that was acknowledged during the merge', async () => {
    await apart()
    introduce()
    const values: string[] = []
    for (let i = 0; i < 40; i++) {
      const id = i % 2 === 0 ? 'a' : 'd'
      pipe
        .raft(id)
        .dispatch('replicateData', `${id}${i}`)
        .then(
          () => values.push(`${id}${i}`),
          () => {},
        )
      await pipe.pass(50)
    }
    await pipe.pass(15_000)
    // Either they merged and hold the last value, or both held a value first, and both reported it.
    if (pipe.leaders.length === 1) expect(pipe.agrees(values.at(-1))).toBe(true)
    else expect(pipe.node('a').conflicts.length + pipe.node('d').conflicts.length).toBeGreaterThan(0)
  })
})

describe('a cluster bootstrapped by members', () => {
  it('admits a node beyond them that lists them all', async () => {
    pipe = new Pipe({ members: ['a', 'b', 'c'] })
    await pipe.start(['a', 'b', 'c'])
    await pipe.pass(3000)
    await write('a', 'kept')
    pipe.make('d', { members: ['a', 'b', 'c', 'd'] })
    await pipe.begin('d', ['a'])
    expect(await pipe.until(() => united() && pipe.agrees('kept'), 5000)).toBe(true)
    expect(votersAt('d')).toContain('a')
  })

  it('never dissolves for another one', async () => {
    pipe = new Pipe()
    pipe.split('x')
    pipe.make('x')
    await pipe.begin('x')
    for (const id of ['a', 'b', 'c']) pipe.make(id, { members: ['a', 'b', 'c'] })
    await Promise.all(['a', 'b', 'c'].map((id) => pipe.begin(id, ['a', 'b', 'c'])))
    await pipe.pass(4000)
    expect(pipe.leaders).toHaveLength(2)
    const cluster = clusterOf('a')
    pipe.heal()
    pipe.raft('x').dispatch('ackNode', { id: 'b', time: 1 })
    expect(await pipe.until(united, 8000)).toBe(true)
    expect(clusterOf('x')).toBe(cluster)
  })
})

import { RaftqError, RaftRole } from '@oarlock/raftq'
import { afterEach, describe, expect, it } from 'vitest'
import { Pipe, runReady } from './pipe.ts'

let pipe = new Pipe()
afterEach(() => pipe.destroy())

/** The state of a promise so far. */
function watch(promise: Promise<unknown>): { state: unknown } {
  const watched: { state: unknown } = { state: 'waiting' }
  promise.then(
    () => {
      watched.state = 'done'
    },
    (error: unknown) => {
      watched.state = error
    },
  )
  return watched
}

describe.each([
  ['bootstrapped by members', { members: ['a', 'b', 'c'] }],
  ['bootstrapped without members', {}],
])('a cluster %s', (_, options) => {
  const ids = ['a', 'b', 'c']
  const ready = async () => {
    pipe = new Pipe(options)
    await pipe.start(ids)
    await pipe.pass(5000)
  }

  it('has one leader that all nodes know', async () => {
    await ready()
    const { leader } = pipe
    expect(ids.map((id) => pipe.raft(id).getLeader())).toEqual([leader, leader, leader])
    expect(ids.map((id) => pipe.raft(id).getRole()).toSorted()).toEqual([2, 2, 3])
    expect(pipe.node(leader).roles.at(-1)).toBe(RaftRole.LEADER)
  })

  it('replicates the value of the leader to all nodes', async () => {
    await ready()
    const written = watch(pipe.raft(pipe.leader).dispatch('replicateData', { price: [1, 'Ä', null] }))
    await pipe.pass(200)
    expect(written.state).toBe('done')
    expect(pipe.agrees({ price: [1, 'Ä', null] })).toBe(true)
  })

  it('has another leader after the first is destroyed, and loses no committed value', async () => {
    await ready()
    const first = pipe.leader
    await Promise.all([pipe.raft(first).dispatch('replicateData', 'kept'), pipe.pass(50)])
    pipe.crash(first)
    expect(await pipe.until(() => pipe.leaders.length === 1, 2000)).toBe(true)
    expect(pipe.raft(pipe.leader).getData()).toBe('kept')
  })

  it('admits a restarted node again', async () => {
    await ready()
    const first = pipe.leader
    pipe.crash(first)
    await pipe.until(() => pipe.leaders.length === 1)
    const written = watch(pipe.raft(pipe.leader).dispatch('replicateData', 'meanwhile'))
    await pipe.pass(100)
    expect(written.state).toBe('done')
    await pipe.restart(first)
    expect(await pipe.until(() => pipe.agrees('meanwhile'), 3000)).toBe(true)
    expect(pipe.leaders).toHaveLength(1)
  })

  it('commits nothing without a majority, and rejects the write as unknown', async () => {
    await ready()
    const { leader } = pipe
    pipe.isolate(leader)
    const written = watch(pipe.raft(leader).dispatch('replicateData', 'lost'))
    expect(await pipe.until(() => pipe.raft(leader).getRole() !== RaftRole.LEADER, 1000)).toBe(true)
    await pipe.pass(12_000)
    expect(written.state).toMatchObject({ outcome: 'unknown', code: 'OARLOCK_PROPOSAL_TIMEOUT' })
    expect(pipe.raft(leader).getData()).toEqual({})
  })

  it('never has two leaders at a time, whichever node is cut off', async () => {
    await ready()
    for (const cut of ['a', 'b', 'c', 'a']) {
      pipe.isolate(cut)
      for (let i = 0; i < 200; i++) {
        await pipe.pass(10)
        expect(pipe.leaders.length).toBeLessThan(2)
      }
    }
    pipe.heal()
    expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
  })

  it('keeps its log short, and brings a node up to date that was away for long', async () => {
    await ready()
    const away = ids.find((id) => id !== pipe.leader)!
    pipe.isolate(away)
    for (let i = 1; i <= 100; i++)
      await Promise.all([pipe.raft(pipe.leader).dispatch('replicateData', { i }), pipe.pass(5)])
    const document = pipe.disk(pipe.leader)!
    expect((document.oarlock as { entries: unknown[] }).entries.length).toBeLessThan(40)
    pipe.heal()
    expect(await pipe.until(() => pipe.agrees({ i: 100 }), 5000)).toBe(true)
  })
})

describe('a write', () => {
  const ready = async () => {
    pipe = new Pipe({ members: [1, 2, 3] })
    await pipe.start([1, 2, 3])
    await pipe.pass(3000)
  }
  const follower = () => ['1', '2', '3'].find((id) => id !== pipe.leader)!

  it('is a copy of the value as it was', async () => {
    await ready()
    const value = { list: [1] }
    const written = pipe.raft(pipe.leader).dispatch('replicateData', value)
    value.list.push(2)
    await Promise.all([written, pipe.pass(100)])
    expect(pipe.agrees({ list: [1] })).toBe(true)
  })

  it('is not changed through getData, which returns a copy', async () => {
    await ready()
    await Promise.all([pipe.raft(1).dispatch('replicateData', { list: [1] }), pipe.pass(300)])
    const read = pipe.raft(1).getData()
    read.list.push(2)
    expect(pipe.agrees({ list: [1] })).toBe(true)
    await Promise.all([pipe.raft(1).dispatch('replicateData', read), pipe.pass(300)])
    expect(pipe.agrees({ list: [1, 2] })).toBe(true)
  })

  it('is refused if it cannot be JSON', async () => {
    await ready()
    const circle: unknown[] = []
    circle.push(circle)
    for (const bad of [undefined, circle, () => {}, 1n])
      await expect(pipe.raft(1).dispatch('replicateData', bad)).rejects.toMatchObject({
        code: 'OARLOCK_INVALID_COMMAND',
        outcome: 'not-applied',
      })
  })

  it('waits for the start, and for a leader', async () => {
    pipe = new Pipe({ members: [1, 2, 3] })
    for (const id of [1, 2, 3]) pipe.make(id)
    const written = watch(pipe.raft(2).dispatch('replicateData', 'early'))
    await Promise.all([1, 2, 3].map((id) => pipe.begin(id, [1, 2, 3])))
    await pipe.pass(3000)
    expect(written.state).toBe('done')
    expect(pipe.agrees('early')).toBe(true)
  })

  it('takes effect once, although the pipe delivers everything twice and late', async () => {
    await ready()
    const writer = pipe.raft(follower())
    const late: (() => void)[] = []
    pipe.deliver = (message) => {
      if (message.event === 'dataResponse') late.push(() => pipe.hand(message))
      return true
    }
    await Promise.all([writer.dispatch('replicateData', 'first'), pipe.pass(100)])
    await Promise.all([writer.dispatch('replicateData', 'second'), pipe.pass(100)])
    for (const again of late) again()
    await pipe.pass(200)
    expect(pipe.agrees('second')).toBe(true)
  })

  it('is submitted to the next leader at once, since the one before may have lost it', async () => {
    await ready()
    const [writer, first] = [follower(), pipe.leader]
    pipe.deliver = ({ event, from }) => !(event === 'dataResponse' && from === writer)
    const written = watch(pipe.raft(writer).dispatch('replicateData', 'x'))
    await pipe.pass(50)
    pipe.crash(first)
    pipe.heal()
    expect(await pipe.until(() => pipe.raft(writer).getLeader() !== null && pipe.leaders.length === 1)).toBe(
      true,
    )
    await pipe.pass(20)
    expect(written.state).toBe('done')
  })

  it('is rejected as not applied if no leader could accept it', async () => {
    pipe = new Pipe({ members: [1, 2, 3] })
    await pipe.start([1])
    const written = watch(pipe.raft(1).dispatch('replicateData', 'x'))
    await pipe.pass(11_000)
    expect(written.state).toBeInstanceOf(RaftqError)
    expect(written.state).toMatchObject({ outcome: 'not-applied', code: 'OARLOCK_NO_LEADER' })
  })

  it('is rejected when the node is destroyed', async () => {
    pipe = new Pipe({ members: [1, 2, 3] })
    await pipe.start([1])
    const written = watch(pipe.raft(1).dispatch('replicateData', 'x'))
    await Promise.all([pipe.raft(1).destroy(), pipe.pass(10)])
    expect(written.state).toMatchObject({ outcome: 'not-applied', code: 'OARLOCK_MEMBER_CLOSED' })
    await expect(pipe.raft(1).dispatch('replicateData', 'y')).rejects.toMatchObject({
      outcome: 'not-applied',
    })
  })
})

describe('a node', () => {
  it('finds the others by `members` alone, and lists those that it has heard', async () => {
    pipe = new Pipe({ members: ['a', 'b', 'c'] })
    for (const id of ['a', 'b']) pipe.make(id)
    await Promise.all([pipe.begin('a'), pipe.begin('b')])
    expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
    expect(pipe.raft('a').getFollowers()).toEqual([{ id: 'b', time: 1 }])
    const { logs } = pipe.node('a')
    pipe.raft('a').dispatch('ackNode', { id: 'c', time: 1 })
    // A log line is dispatched in its own microtask.
    expect(logs.filter((line) => line === 'c is announced')).toHaveLength(0)
    await runReady()
    expect(logs.filter((line) => line === 'c is announced')).toHaveLength(1)
  })

  it.each([
    [0, 300],
    [0.5, 600],
    [0.9999, 899],
  ])('waits between the minimum and the maximum for a leader (random number %d)', async (random, wait) => {
    pipe = new Pipe({ members: ['a', 'b'], minimumElectionTime: 300, maximumElectionTime: 900 })
    const platform = { ...pipe.platform, random: () => random }
    for (const id of ['a', 'b']) pipe.make(id, { platform })
    let begun = 0
    pipe.deliver = ({ body }) => {
      if (body.data.messages.length === 0) return true
      begun ||= pipe.now
      return true
    }
    await Promise.all(['a', 'b'].map((id) => pipe.begin(id, ['a', 'b'])))
    expect(pipe.disk('a')).toMatchObject({ oarlock: { identity: { self: 'a~' } } })
    const from = pipe.now
    expect(await pipe.until(() => begun > 0, 2000)).toBe(true)
    expect(begun - from).toBe(wait)
  })

  it('has no leader, no followers and an empty value before it starts', () => {
    pipe = new Pipe()
    const raft = pipe.make('a')
    expect([raft.getLeader(), raft.getRole(), raft.getFollowers(), raft.getData()]).toEqual([null, 2, [], {}])
    expect(() => raft.getNode()).toThrow(RaftqError)
  })

  it('may be started twice, and ignores the second start', async () => {
    pipe = new Pipe()
    await pipe.start(['a'])
    await pipe.raft('a').dispatch('serviceStarted', { node: { id: 'b', time: 2 } })
    expect(pipe.raft('a').getNode()).toEqual({ id: 'a', time: 1 })
    const timers = pipe.timersLeft
    await pipe.raft('a').dispatch('serviceStarted', { node: { id: 'a', time: 1 } })
    expect(pipe.timersLeft).toBe(timers)
  })

  it('may be destroyed twice, at any time, and leaves no timer', async () => {
    pipe = new Pipe()
    const early = pipe.make('early')
    await Promise.all([early.destroy(), early.destroy(), pipe.pass(10)])
    await pipe.start(['a', 'b'])
    await pipe.pass(3000)
    const { raft, logs } = pipe.node('a')
    await Promise.all([raft.destroy(), pipe.pass(10)])
    await raft.destroy()
    expect(logs.filter((line) => line === 'destroyed')).toHaveLength(1)
    await Promise.all([pipe.raft('b').destroy(), pipe.pass(10)])
    expect(pipe.timersLeft).toBe(0)
    expect(raft.getRole()).toBe(RaftRole.FOLLOWER)
  })

  it('returns ids as they were given, and knows the other nodes', async () => {
    pipe = new Pipe()
    await pipe.start([1, 2])
    await pipe.pass(3000)
    expect(pipe.raft(2).getLeader()).toBe(1)
    expect(pipe.raft(1).getFollowers()).toEqual([{ id: 2, time: 1 }])
  })

  it('refuses damaged messages, logs each reason once, and goes on', async () => {
    pipe = new Pipe()
    await pipe.start(['a', 'b'])
    await pipe.pass(3000)
    const { raft, logs } = pipe.node('b')
    const before = logs.length
    const whole = pipe.sent.findLast(({ to, event }) => to === 'b' && event === 'syncData')!.body
    const damaged: unknown[] = [
      null,
      'x',
      {},
      { ...whole, data: null },
      { ...whole, data: { ...whole.data, version: 9 } },
    ]
    for (const messages of [[{ type: 'append' }], [null], 'x'])
      damaged.push({ ...whole, data: { ...whole.data, messages } })
    for (const body of [...damaged, ...damaged]) await raft.dispatch('dataReceived', body as never)
    const refused = logs.slice(before).filter((line) => line.includes('was refused'))
    expect(refused.length).toBeGreaterThan(3)
    expect(new Set(refused).size).toBe(refused.length)
    await pipe.pass(1000)
    await Promise.all([raft.dispatch('replicateData', 'still here'), pipe.pass(100)])
    expect(pipe.agrees('still here')).toBe(true)
  })

  it('logs a listener that throws, and goes on', async () => {
    pipe = new Pipe()
    const raft = pipe.make('a')
    raft.subscribe('voteRequest', () => {
      throw new Error('no pipe')
    })
    raft.subscribe('log', () => {
      throw new Error('no log')
    })
    raft.subscribe('roleChanged', () => Promise.reject(new Error('nobody cares')))
    await pipe.begin('a', ['b'])
    await pipe.pass(9000)
    expect(pipe.leader).toBe('a')
    expect(pipe.node('a').logs).toContain('a listener of roleChanged threw: nobody cares')
    expect(pipe.node('a').logs).toContain('a listener of voteRequest threw: no pipe')
  })

  it('sends only JSON, with a destination and a timeout in each message', async () => {
    pipe = new Pipe()
    await pipe.start(['a', 'b'])
    await pipe.pass(3000)
    expect(new Set(pipe.sent.map(({ event }) => event)).size).toBe(4)
    for (const { event, body } of pipe.sent) {
      expect(JSON.parse(JSON.stringify(body))).toEqual(body)
      expect(body).toMatchObject({
        timeout: 100,
        destination: { id: expect.any(String) },
        term: expect.any(Number),
      })
      const sender = {
        voteRequest: 'candidate',
        voteResponse: 'voter',
        syncData: 'node',
        dataResponse: 'node',
      }[event]
      expect(body).toHaveProperty(`${sender}.id`)
    }
  })

  it('does not start with an invalid id, or one that is not among members', async () => {
    pipe = new Pipe({ members: ['a', 'b'] })
    const raft = pipe.make('c')
    for (const node of [undefined, {}, { id: '' }, { id: 'c' }])
      await expect(raft.dispatch('serviceStarted', { node } as never)).rejects.toMatchObject({
        code: 'OARLOCK_INVALID_OPTIONS',
      })
    await runReady()
  })
})

// The lease and the promises it rests on (thesis §6.4.1; ARCHITECTURE.md, "Leases").
import { type Envelope, type Message, term } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { TestCluster } from './cluster.ts'

const voteOf = (t: number, from = 'c', transfer = false): Pick<Envelope, 'from' | 'message'> => ({
  from,
  message: { type: 'vote', term: term(t), last: { term: term(99), index: 99 as never }, transfer },
})

const answers = (cluster: TestCluster, from: string, type: Message['type']) =>
  cluster.sent.filter((e) => e.from === from && e.message.type === type).map((e) => e.message)

function led(config = {}): TestCluster {
  const cluster = new TestCluster(['a', 'b', 'c'], config)
  cluster.elect('a')
  cluster.pass(21)
  expect(cluster.held('a')).toBe(true)
  return cluster
}

describe('a lease', () => {
  it('begins with the first heartbeat that a quorum answers, and counts from its sending', () => {
    const cluster = new TestCluster(['a', 'b', 'c'])
    cluster.deliver = ({ message }) => message.type !== 'heartbeatResponse'
    cluster.elect('a')
    expect([cluster.raft('a').role, cluster.held('a')]).toEqual(['leader', false])
    cluster.deliver = () => true
    cluster.pass(20)
    expect(cluster.raft('a').leaseDeadline).toBeCloseTo(cluster.now + 100 / 1.1)
  })

  it('lasts as long as a quorum has promised, each member by its own election timeout', () => {
    const own = { b: { electionTimeout: 40, heartbeatInterval: 8 }, c: { electionTimeout: 60 } }
    const cluster = new TestCluster(['a', 'b', 'c'], { electionTimeout: 300, heartbeatInterval: 50 }, own)
    cluster.elect('a')
    expect(cluster.raft('a').leaseDeadline).toBeCloseTo(cluster.now + 60 / 1.1)
    cluster.deliver = ({ from }) => from !== 'c'
    cluster.raft('a').step({ type: 'read', request: 1, policy: 'quorum' }, ++cluster.now)
    cluster.runEffects()
    expect(cluster.raft('a').leaseDeadline).toBeCloseTo(cluster.now - 1 + 60 / 1.1)
    cluster.deliver = ({ from }) => from !== 'b'
    cluster.raft('a').step({ type: 'read', request: 2, policy: 'quorum' }, ++cluster.now)
    cluster.runEffects()
    expect(cluster.raft('a').leaseDeadline).toBeCloseTo(cluster.now + 60 / 1.1)
  })

  it('of a slow leader is renewed often enough for the shortest election timeout', () => {
    const own = { b: { electionTimeout: 30, heartbeatInterval: 6 } }
    const cluster = new TestCluster(['a', 'b', 'c'], { electionTimeout: 300, heartbeatInterval: 50 }, own)
    cluster.elect('a')
    for (let i = 0; i < 1000; i++) {
      cluster.pass(1)
      expect([cluster.leader, cluster.held('a'), cluster.raft('b').term]).toEqual(['a', true, 1])
    }
    const heartbeats = cluster.sent.filter(({ to, message }) => to === 'b' && message.type === 'heartbeat')
    expect(heartbeats.length).toBeGreaterThan(1000 / 6)
    expect(heartbeats.length).toBeLessThan(1000 / 4)
  })

  it('is there as soon as the election is won: the first heartbeats do not wait for their interval', () => {
    const cluster = new TestCluster(['a', 'b', 'c'])
    cluster.elect('a')
    expect(cluster.held('a')).toBe(true)
  })

  it('ends when the leader is told to step down, and comes back only with a later term', () => {
    const cluster = led()
    cluster.raft('a').step({ type: 'stepDown' }, cluster.now)
    expect([cluster.raft('a').role, cluster.held('a')]).toEqual(['follower', false])
    expect(cluster.raft('a').inspect().lostLeadership?.end).toEqual({ reason: 'told-to' })
    cluster.pass(400)
    expect(cluster.raft(cluster.leader!).term).toBeGreaterThan(1)
    cluster.raft('b').step({ type: 'stepDown' }, cluster.now) // of a follower it means nothing
    expect(cluster.leader).not.toBeNull()
  })

  it('ends by the clock alone, and with it the leadership', () => {
    const cluster = led()
    cluster.deliver = () => false
    const { leaseDeadline } = cluster.raft('a')
    cluster.pass(Math.floor(leaseDeadline) - cluster.now, ['a'])
    expect(cluster.held('a')).toBe(true)
    cluster.now++
    expect(cluster.held('a')).toBe(false)
    cluster.pass(1, ['a'])
    expect(cluster.raft('a').role).toBe('follower')
  })

  it('that ran out does not come back, even if answers to a late heartbeat arrive before the next tick', () => {
    const cluster = led()
    const { leaseDeadline, term: lost } = cluster.raft('a')
    cluster.now = Math.ceil(leaseDeadline)
    for (const from of ['b', 'c'])
      cluster.receive('a', {
        from,
        message: {
          type: 'heartbeatResponse',
          term: lost,
          sentAt: leaseDeadline - 1,
          round: 0,
          priority: 1,
          promise: 100,
        },
      })
    expect([cluster.raft('a').role, cluster.held('a')]).toEqual(['follower', false])
  })

  it('is not renewed by a late answer to an early heartbeat', () => {
    const cluster = led()
    const { leaseDeadline } = cluster.raft('a')
    const early = {
      type: 'heartbeatResponse',
      term: cluster.raft('a').term,
      sentAt: 1,
      round: 0,
      priority: 1,
      promise: 100,
    } as const
    cluster.receive('a', { from: 'b', message: early })
    cluster.receive('a', { from: 'c', message: early })
    expect(cluster.raft('a').leaseDeadline).toBe(leaseDeadline)
  })

  it('of a single node never ends: no other can be elected', () => {
    const cluster = new TestCluster(['a'])
    cluster.pass(100)
    expect(cluster.held('a')).toBe(true)
    cluster.pass(1000)
    expect([cluster.raft('a').term, cluster.held('a')]).toEqual([1, true])
  })
})

describe('a promise to the leader', () => {
  it('refuses votes for an election timeout, without even raising the term', () => {
    const cluster = led()
    cluster.receive('b', voteOf(7))
    expect(cluster.raft('b').term).toBe(1)
  })

  it('is kept when a later term is learned otherwise', () => {
    const cluster = led()
    const stray: Message = {
      type: 'appendResponse',
      term: term(6),
      index: 0 as never,
      rejected: false,
      hint: { term: term(0), index: 0 as never },
    }
    cluster.receive('b', { from: 'c', message: stray })
    expect([cluster.raft('b').term, cluster.raft('b').leader]).toEqual([6, null])
    cluster.receive('b', voteOf(6))
    expect(answers(cluster, 'b', 'voteResponse').at(-1)).toMatchObject({ granted: false })
    cluster.receive('b', voteOf(7))
    expect(cluster.raft('b').term).toBe(6)
  })

  it('is kept over a restart: no vote, no candidacy, for one election timeout', () => {
    const cluster = led()
    cluster.crash('b')
    cluster.restart('b')
    cluster.deliver = () => false
    cluster.receive('b', voteOf(7))
    expect(cluster.raft('b').term).toBe(1)
    cluster.elect('b')
    expect(cluster.raft('b').role).toBe('follower')
    cluster.now += 100
    cluster.receive('b', voteOf(7))
    expect(answers(cluster, 'b', 'voteResponse').at(-1)).toMatchObject({ term: 7, granted: true })
  })

  it('is not given before its length is durable: a crash must not make a node forget it', () => {
    const cluster = new TestCluster(['a', 'b', 'c'])
    cluster.node('c').holdWrites = true
    cluster.elect('a')
    cluster.pass(20)
    expect(answers(cluster, 'c', 'heartbeatResponse')).toEqual([])
    cluster.finishWrites('c')
    expect(cluster.node('c').hardState.promise).toBe(100)
    const before = answers(cluster, 'c', 'heartbeatResponse').length
    expect(before).toBeGreaterThan(0)
    cluster.pass(20)
    expect(answers(cluster, 'c', 'heartbeatResponse')).toHaveLength(before + 1)
  })

  it('holds a follower to its leader, even if it is told to forget it', () => {
    for (const lease of [true, false]) {
      const cluster = new TestCluster(['a', 'b', 'c'], { lease })
      cluster.elect('a')
      cluster.pass(30)
      cluster.raft('b').step({ type: 'forgetLeader' }, cluster.now)
      expect(cluster.raft('b').leader).toBe(lease ? 'a' : null)
    }
  })

  it('binds a node from its start, even if it knows of no term: its disk may have been wiped', () => {
    const cluster = new TestCluster(['a', 'b', 'c'])
    cluster.receive('b', voteOf(1))
    cluster.raft('b').step({ type: 'campaign' }, cluster.now)
    cluster.runEffects()
    expect(answers(cluster, 'b', 'voteResponse')).toEqual([])
    expect([cluster.raft('b').term, cluster.raft('b').role]).toEqual([0, 'follower'])
    cluster.now = 100
    cluster.receive('b', voteOf(1))
    expect(answers(cluster, 'b', 'voteResponse')).toMatchObject([{ granted: true }])
  })

  it('is as long as the one before a restart, when the election timeout was shortened', () => {
    const cluster = new TestCluster(['a', 'b', 'c'], { electionTimeout: 300, heartbeatInterval: 20 })
    cluster.elect('a')
    cluster.reconfigured({ electionTimeout: 100 })
    for (const [later, granted] of [
      [299, false],
      [300, true],
    ] as const) {
      cluster.crash('b')
      cluster.restart('b')
      cluster.now += later
      cluster.receive('b', voteOf(7))
      expect(cluster.raft('b').term).toBe(granted ? 7 : 1)
    }
    // That promise is over, so the next restart keeps the shorter one.
    expect(cluster.node('b').hardState.promise).toBe(100)
    cluster.crash('b')
    cluster.restart('b')
    cluster.now += 100
    cluster.receive('b', voteOf(8))
    expect(cluster.raft('b').term).toBe(8)
  })

  it('is not shortened by a leader that is heard after the restart', () => {
    const cluster = new TestCluster(['a', 'b', 'c'], { electionTimeout: 300, heartbeatInterval: 20 })
    cluster.elect('a')
    cluster.reconfigured({ electionTimeout: 100 })
    cluster.crash('b')
    cluster.restart('b')
    cluster.pass(20)
    expect(cluster.raft('b').leader).toBe('a')
    cluster.deliver = () => false
    for (const [later, granted] of [
      [200, false],
      [100, true],
    ] as const) {
      cluster.now += later
      cluster.receive('b', voteOf(7))
      expect(cluster.raft('b').term).toBe(granted ? 7 : 1)
    }
  })

  it('is only asked for with leases on', () => {
    const cluster = new TestCluster(['a', 'b', 'c'], { lease: false, checkQuorum: false })
    cluster.elect('a')
    cluster.receive('b', voteOf(7))
    expect(answers(cluster, 'b', 'voteResponse').at(-1)).toMatchObject({ term: 7, granted: true })
  })
})

describe('a transfer', () => {
  it('moves leadership without an election timeout, the old lease given up first', () => {
    const cluster = led()
    let heldWhenToldToStand: boolean | null = null
    cluster.deliver = ({ message }) => {
      if (message.type === 'timeoutNow') heldWhenToldToStand = cluster.held('a')
      return true
    }
    cluster.raft('a').step({ type: 'transfer', to: null }, cluster.now)
    cluster.runEffects()
    expect(heldWhenToldToStand).toBe(false)
    expect(cluster.leader).toBe('b')
    expect(cluster.raft('b').term).toBe(2)
  })

  it('without a target finds one at any time, also right after a quorum check, before the next answers are in', () => {
    for (let waited = 60; waited <= 90; waited++) {
      const cluster = led()
      cluster.pass(waited)
      cluster.deliver = ({ message }) => message.type !== 'heartbeatResponse'
      cluster.pass(15)
      cluster.raft('a').step({ type: 'transfer', to: null }, cluster.now)
      expect([waited, cluster.raft('a').inspect().transferTarget]).not.toEqual([waited, null])
    }
  })

  it.each([
    ['with quorum checks', true],
    ['without', false],
  ])('without a target finds a member that is there, %s', (_, checkQuorum) => {
    const cluster = new TestCluster(['a', 'b', 'c'], { lease: false, checkQuorum })
    cluster.elect('a')
    cluster.pass(50)
    cluster.crash('b')
    cluster.pass(250)
    cluster.raft('a').step({ type: 'transfer', to: null }, cluster.now)
    expect(cluster.raft('a').inspect().transferTarget).toBe('c')
  })

  it('without a target goes to the longest log, even if that is longer by one entry', () => {
    for (let more = 0; more < 4; more++) {
      const cluster = led()
      for (let i = 0; i < more; i++) cluster.propose('a', 'of all')
      cluster.deliver = ({ to }) => to !== 'b'
      cluster.propose('a', 'of a and c')
      cluster.raft('a').step({ type: 'transfer', to: null }, cluster.now)
      expect([more, cluster.raft('a').inspect().transferTarget]).toEqual([more, 'c'])
    }
  })

  it('waits until the target has the whole log', () => {
    const cluster = led()
    cluster.deliver = ({ to, message }) => !(to === 'b' && message.type === 'append')
    cluster.propose('a', 'x')
    cluster.raft('a').step({ type: 'transfer', to: 'b' }, cluster.now)
    cluster.runEffects()
    expect(cluster.sent.some((e) => e.message.type === 'timeoutNow')).toBe(false)
    expect(cluster.held('a')).toBe(true)
    cluster.deliver = () => true
    cluster.pass(25)
    expect(cluster.leader).toBe('b')
  })

  it('that is called off after its target was told also ends the term: no node would hold a lease in it', () => {
    const cluster = led()
    cluster.pass(50)
    cluster.deliver = ({ message }) => message.type !== 'timeoutNow'
    cluster.raft('a').step({ type: 'transfer', to: 'b' }, cluster.now)
    cluster.runEffects()
    cluster.raft('a').step({ type: 'transfer', to: 'a' }, cluster.now) // stay
    cluster.runEffects()
    cluster.deliver = () => true
    cluster.pass(500)
    expect(cluster.leader).not.toBeNull()
    expect(cluster.held(cluster.leader!)).toBe(true)
    expect(cluster.raft(cluster.leader!).term).toBe(2)
  })

  it('that fails ends the term: a late timeoutNow must not meet a lease', () => {
    const cluster = led()
    cluster.deliver = ({ message }) => message.type !== 'timeoutNow'
    cluster.raft('a').step({ type: 'transfer', to: 'b' }, cluster.now)
    cluster.runEffects()
    cluster.pass(99)
    expect([cluster.raft('a').role, cluster.held('a')]).toEqual(['leader', false])
    cluster.pass(1)
    expect(cluster.raft('a').role).toBe('follower')
  })

  it('refuses proposals while it lasts, and says why', () => {
    const cluster = led()
    cluster.deliver = ({ message }) => message.type !== 'timeoutNow'
    cluster.raft('a').step({ type: 'transfer', to: 'b' }, cluster.now)
    cluster.propose('a', 'x', 1)
    expect(cluster.node('a').outcomes).toEqual([{ request: 1, at: null, reason: 'transferring' }])
  })

  it('to a non-member or to itself is ignored', () => {
    const cluster = led()
    for (const to of ['a', 'x']) cluster.raft('a').step({ type: 'transfer', to }, cluster.now)
    cluster.runEffects()
    expect(cluster.raft('a').inspect().transferTarget).toBe(null)
    expect(cluster.held('a')).toBe(true)
  })
})

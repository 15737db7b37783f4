// Changing the members of a running cluster (thesis §4).
import { encodeChange, InvariantError, index, type MembershipChange, term } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { TestCluster } from './cluster.ts'
import {
  add,
  addLearner,
  commandsOf,
  configurationIndexOf,
  configurationOf,
  cutOff,
  leave,
  led,
  remove,
} from './members.ts'

describe('a change', () => {
  it('of one voter takes effect at all members, without a joint configuration', () => {
    const cluster = led(['a', 'b', 'c'], ['d'])
    cluster.propose('a', 'before')
    expect(cluster.reconfigure('a', add('d'))).toMatchObject({ at: { term: 1, index: 3 }, reason: null })
    cluster.pass(25)
    for (const id of ['a', 'b', 'c', 'd']) {
      expect(configurationOf(cluster, id)).toMatchObject({ voters: ['a', 'b', 'c', 'd'], outgoing: [] })
      expect(configurationIndexOf(cluster, id)).toBe(3)
    }
    expect(commandsOf(cluster, 'd')).toEqual(['before'])
  })

  it('of two voters goes through a joint configuration, which the leader leaves by itself', () => {
    const cluster = led(['a', 'b', 'c'], ['d'])
    const seen: string[] = []
    cluster.deliver = () => {
      const { voters, outgoing } = configurationOf(cluster, 'a')
      const now = `${voters.join('')}/${outgoing.join('')}`
      if (seen.at(-1) !== now) seen.push(now)
      return true
    }
    const change: MembershipChange = {
      transition: 'auto',
      changes: [
        { kind: 'voter', id: 'd' },
        { kind: 'remove', id: 'c' },
      ],
    }
    cluster.reconfigure('a', change)
    cluster.pass(25)
    expect(seen).toEqual(['abc/', 'abd/abc', 'abd/'])
    expect(configurationOf(cluster, 'd')).toMatchObject({ voters: ['a', 'b', 'd'], outgoing: [] })
  })

  it('is for the configuration that was expected, or for none', () => {
    const cluster = led(['a', 'b', 'c'], ['d'])
    const expected = configurationIndexOf(cluster, 'a')
    cluster.reconfigure('a', addLearner('d'), expected)
    const { lastIndex } = cluster.raft('a').inspect()
    expect(cluster.reconfigure('a', remove('b'), expected)).toMatchObject({
      at: null,
      reason: 'configuration-changed',
    })
    expect(cluster.raft('a').inspect().lastIndex).toBe(lastIndex)
  })

  it('waits until another one is applied', () => {
    const cluster = led(['a', 'b', 'c'], ['d', 'e'])
    cluster.deliver = () => false
    expect(cluster.reconfigure('a', add('d'))).toMatchObject({ at: { index: 2 } })
    expect(cluster.reconfigure('a', add('e'))).toMatchObject({ at: null, reason: 'change-pending' })
    cluster.deliver = () => true
    cluster.pass(25)
    expect(cluster.reconfigure('a', add('e'))).toMatchObject({ reason: null })
  })

  it('waits until the leader has committed an entry of its own term', () => {
    const cluster = new TestCluster(['a', 'b', 'c'])
    cluster.deliver = ({ message }) => message.type !== 'append'
    cluster.elect('a')
    expect(cluster.reconfigure('a', remove('c'))).toMatchObject({ at: null, reason: 'change-pending' })
    cluster.deliver = () => true
    cluster.pass(25)
    expect(cluster.reconfigure('a', remove('c'))).toMatchObject({ reason: null })
  })

  it('proposed as an entry waits for no entry of this term, as in etcd/raft: its proposer must', () => {
    const cluster = new TestCluster(['a', 'b', 'c'])
    cluster.deliver = ({ message }) => message.type !== 'append'
    cluster.elect('a')
    const data = encodeChange(remove('c'))
    const entries = [{ type: 'configuration', data }] as const
    cluster.raft('a').step({ type: 'propose', request: 1, entries }, cluster.now)
    expect(cluster.raft('a').commit).toBe(0)
    cluster.deliver = () => true
    cluster.pass(25)
    expect(configurationOf(cluster, 'a')).toMatchObject({ voters: ['a', 'b'] })
  })

  it('is made only by the leader', () => {
    const cluster = new TestCluster(['a', 'b', 'c'])
    expect(cluster.reconfigure('b', remove('c'))).toMatchObject({ at: null, reason: 'no-leader' })
    cluster.elect('a')
    expect(cluster.reconfigure('b', remove('c'))).toMatchObject({ at: null, reason: 'not-leader' })
  })

  it.each<[string, MembershipChange]>([
    ['removes the last voter', remove('a')],
    ['leaves what is not joint', leave],
    ['is joint with no change', { transition: 'explicit', changes: [] }],
  ])('is refused when it %s', (_what, change) => {
    const cluster = led(['a'])
    expect(cluster.reconfigure('a', change)).toMatchObject({ at: null, reason: 'invalid-change' })
    expect(configurationOf(cluster, 'a')).toMatchObject({ voters: ['a'], outgoing: [] })
  })

  it.each([
    { transition: 'auto', changes: [{ kind: 'voters', id: 'd' }] },
    { transition: 'auto', changes: [{ kind: 'voter', id: 7 }] },
    { transition: 'auto', changes: [{ kind: 'voter' }] },
    { transition: 'automatic', changes: [{ kind: 'voter', id: 'd' }] },
    { changes: [{ kind: 'voter', id: 'd' }] },
  ])('is refused when it is no change, and no compiler said so: %j', (change) => {
    const cluster = led(['a'])
    const outcome = cluster.reconfigure('a', change as unknown as MembershipChange)
    expect(outcome).toMatchObject({ at: null, reason: 'invalid-change' })
  })

  it.each([
    ['that could not be applied', new TextEncoder().encode(JSON.stringify(remove('a')))],
    ['that is no change at all', Uint8Array.of(1, 2, 3)],
    ['that leaves what is not joint', new Uint8Array(0)],
  ])(
    'proposed as an entry %s becomes a no-op: it must not stop every node that applies it',
    (_what, data) => {
      const cluster = led(['a'])
      cluster.raft('a').step({ type: 'propose', request: 1, entries: [{ type: 'configuration', data }] }, 0)
      cluster.runEffects()
      expect(cluster.node('a').outcomes).toMatchObject([{ request: 1, reason: null }])
      expect(cluster.node('a').applied.at(-1)).toMatchObject({ type: 'normal', data: new Uint8Array(0) })
    },
  )

  it('that is committed and cannot be made here stops the node', () => {
    const cluster = led(['a', 'b'])
    const entry = { type: 'configuration', term: term(1), index: index(2), data: Uint8Array.of(1) } as const
    const prev = { term: term(1), index: index(1) }
    const message = { type: 'append', term: term(1), prev, entries: [entry], commit: index(2) } as const
    expect(() => cluster.receive('b', { from: 'a', message })).toThrow(InvariantError)
  })

  it('stops a node that does not know the configuration before it: it would become a cluster of its own', () => {
    const newborn = new TestCluster([])
    newborn.add('d')
    const data = new TextEncoder().encode(JSON.stringify(add('d')))
    const entry = { type: 'configuration', term: term(1), index: index(1), data } as const
    const prev = { term: term(0), index: index(0) }
    const message = { type: 'append', term: term(1), prev, entries: [entry], commit: index(1) } as const
    expect(() => newborn.receive('d', { from: 'a', message })).toThrow(InvariantError)
  })

  it('that is committed and not applied keeps a node from standing: it may count the wrong votes', () => {
    const cluster = led(['a', 'b', 'c'], [], { lease: false, checkQuorum: false, preVote: false })
    cluster.deliver = ({ to, message }) => to !== 'b' || message.type !== 'append'
    cluster.reconfigure('a', remove('c'))
    const raft = cluster.raft('b')
    for (const { from, to, message } of cluster.sent)
      if (to === 'b' && message.type === 'append' && message.entries.some(({ index }) => index === 2))
        raft.step({ type: 'receive', from, message: { ...message, commit: index(2) } }, 0)
    expect(raft.commit).toBe(2)
    raft.step({ type: 'campaign' }, 0)
    expect(raft.role).toBe('follower')
    cluster.runEffects()
    raft.step({ type: 'campaign' }, 0)
    expect(raft.role).toBe('candidate')
  })

  it('that keeps a node from standing does not make it stick to a leader that it no longer hears', () => {
    const cluster = led(['a', 'b', 'c'], [], { lease: false, preVote: false })
    cluster.deliver = ({ to, message }) => to !== 'b' || message.type !== 'append'
    cluster.reconfigure('a', remove('c'))
    const raft = cluster.raft('b')
    for (const { from, to, message } of cluster.sent)
      if (to === 'b' && message.type === 'append' && message.entries.some(({ index }) => index === 2))
        raft.step({ type: 'receive', from, message: { ...message, commit: index(2) } }, 0)
    raft.step({ type: 'tick' }, 1000)
    expect([raft.role, raft.leader]).toEqual(['follower', null])
  })
})

describe('a leader that is removed', () => {
  it('steps down once that is applied, and the others elect another one', () => {
    const cluster = led(['a', 'b', 'c'])
    expect(cluster.reconfigure('a', remove('a'))).toMatchObject({ reason: null })
    expect([cluster.raft('a').role, cluster.held('a')]).toEqual(['follower', false])
    cluster.pass(500)
    expect(['b', 'c']).toContain(cluster.leader)
    expect(configurationOf(cluster, cluster.leader!)).toMatchObject({ voters: ['b', 'c'] })
  })

  it('stands no more, and disturbs no other', () => {
    const cluster = led(['a', 'b', 'c'])
    cluster.reconfigure('a', remove('a'))
    cluster.pass(500)
    const { term } = cluster.raft(cluster.leader!)
    cluster.elect('a')
    cluster.pass(1000)
    expect([cluster.raft('a').role, cluster.raft(cluster.leader!).term]).toEqual(['follower', term])
  })

  it('and is demoted to a learner steps down too', () => {
    const cluster = led(['a', 'b', 'c'])
    cluster.reconfigure('a', addLearner('a'))
    expect(cluster.raft('a').role).toBe('follower')
    cluster.pass(500)
    expect(['b', 'c']).toContain(cluster.leader)
    expect(configurationOf(cluster, 'a')).toMatchObject({ voters: ['b', 'c'], learners: ['a'] })
  })

  it('leads on if it is configured to', () => {
    const cluster = led(['a', 'b', 'c'], [], { stepDownOnRemoval: false, lease: false })
    cluster.reconfigure('a', remove('a'))
    expect(cluster.raft('a').role).toBe('leader')
    cluster.propose('a', 'x', 9)
    expect(cluster.node('a').outcomes.at(-1)).toMatchObject({ request: 9, at: null, reason: 'not-leader' })
  })
})

describe('a removed member', () => {
  it('deposes no leader with a late answer, whatever term it has reached', () => {
    const cluster = led(['a', 'b', 'c'])
    cluster.reconfigure('a', remove('c'))
    const late = {
      type: 'appendResponse',
      term: term(9),
      index: index(1),
      rejected: false,
      hint: { term: term(0), index: index(0) },
    } as const
    cluster.receive('a', { from: 'c', message: late })
    expect([cluster.raft('a').role, cluster.raft('a').term]).toEqual(['leader', 1])
    cluster.receive('a', { from: 'b', message: late })
    expect([cluster.raft('a').role, cluster.raft('a').term]).toEqual(['follower', 9])
  })

  it('that was the target of a transfer ends it', () => {
    const cluster = led(['a', 'b', 'c'], [], { lease: false })
    cluster.deliver = () => false
    cluster.reconfigure('a', remove('c'))
    cluster.raft('a').step({ type: 'transfer', to: 'c' }, cluster.now)
    expect(cluster.raft('a').inspect().transferTarget).toBe('c')
    cutOff(cluster, 'c')
    cluster.pass(25)
    expect(configurationOf(cluster, 'a').voters).toEqual(['a', 'b'])
    expect(cluster.raft('a').inspect().transferTarget).toBe(null)
  })
})

describe('a cluster of one', () => {
  it('that grows to three has a lease that ends like any other', () => {
    const cluster = led(['a'], ['b', 'c'])
    expect(cluster.raft('a').leaseDeadline).toBe(Number.POSITIVE_INFINITY)
    cluster.reconfigure('a', add('b', 'c'))
    cluster.pass(50)
    expect(configurationOf(cluster, 'b')).toMatchObject({ voters: ['a', 'b', 'c'], outgoing: [] })
    cutOff(cluster, 'a')
    const { leaseDeadline } = cluster.raft('a')
    expect(leaseDeadline - cluster.now).toBeLessThan(100)
    cluster.pass(500)
    expect(['b', 'c']).toContain(cluster.leader)
    expect(cluster.held('a')).toBe(false)
  })

  it('has no lease without end once another voter is in force, whether it has answered or not', () => {
    const cluster = led(['a'], ['b'])
    cluster.now += 50
    cluster.deliver = () => false
    cluster.reconfigure('a', add('b'))
    expect(configurationOf(cluster, 'a').voters).toEqual(['a', 'b'])
    expect(cluster.raft('a').leaseDeadline).toBeCloseTo(cluster.now + 100 / 1.1)
  })

  it('that had long promises of voters that are removed rests on those of the others', () => {
    const long = { electionTimeout: 900 }
    const cluster = new TestCluster(['a', 'b', 'c', 'd', 'e'], {}, { a: long, b: long, c: long })
    cluster.now = 900
    cluster.elect('a')
    cluster.pass(25)
    expect(cluster.raft('a').leaseDeadline).toBeGreaterThan(cluster.now + 700)
    cluster.reconfigure('a', remove('b'))
    cluster.reconfigure('a', remove('c'))
    expect(configurationOf(cluster, 'd').voters).toEqual(['a', 'd', 'e'])
    expect(cluster.raft('a').leaseDeadline).toBeLessThan(cluster.now + 100)
    // The two that stay elect another leader when their own promises are over.
    cutOff(cluster, 'a')
    while (cluster.held('a') || !['d', 'e'].includes(cluster.leader ?? '')) {
      cluster.pass(1)
      expect(['a', 'd', 'e'].filter((id) => cluster.held(id)).length).toBeLessThan(2)
    }
  })

  it('that was a cluster of two leads on without a break, and answers the reads that waited', () => {
    const cluster = led(['a', 'b'])
    cluster.pass(10)
    cluster.deliver = ({ message }) => message.type !== 'heartbeatResponse'
    cluster.read('a', 1)
    cluster.reconfigure('a', remove('b'))
    expect(cluster.node('a').reads).toMatchObject([{ request: 1, index: 1 }])
    cluster.pass(500)
    expect([cluster.raft('a').term, cluster.held('a')]).toEqual([1, true])
  })
})

describe('a member that knows an older configuration', () => {
  it('tells the later term to a leader that it will not ask, in plain Raft too', () => {
    const cluster = led(['a', 'b'], [], { preVote: false, checkQuorum: false, lease: false })
    const raft = cluster.raft('b')
    raft.step({ type: 'campaign' }, cluster.now)
    const { term: later } = raft
    const message = { type: 'append', term: term(1), prev: { term: term(1), index: index(1) } } as const
    const answers = (from: string): boolean => {
      raft.step(
        { type: 'receive', from, message: { ...message, entries: [], commit: index(1) } },
        cluster.now,
      )
      while (raft.hasEffects)
        for (const envelope of raft.take().persist?.thenSend ?? [])
          if (envelope.to === from && 'term' in envelope.message && envelope.message.term === later)
            return true
      return false
    }
    expect(answers('a')).toBe(false)
    expect(answers('unknown-here')).toBe(true)
  })
})

// Linearizable reads without writing to the log (thesis §6.4).
import { type Envelope, type HeartbeatResponse, index, type NodeId } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { TestCluster } from './cluster.ts'

/** Without leases, so that nothing but the reads themselves sends heartbeats before their interval. */
function led(config = {}, ids: readonly NodeId[] = ['a', 'b', 'c']): TestCluster {
  const cluster = new TestCluster(ids, { lease: false, ...config })
  cluster.elect('a')
  cluster.propose('a', 'x')
  return cluster
}

type Answer = Envelope & { readonly message: HeartbeatResponse }
const isAnswer = (envelope: Envelope): envelope is Answer => envelope.message.type === 'heartbeatResponse'

/** Loses answers to heartbeats from now on; returns those that were lost, so that they can arrive late. */
function withholdAnswers(cluster: TestCluster): Answer[] {
  const withheld: Answer[] = []
  cluster.deliver = (envelope) => {
    if (!isAnswer(envelope)) return true
    withheld.push(envelope)
    return false
  }
  return withheld
}

const readsOf = (cluster: TestCluster, id: NodeId) => cluster.node(id).reads

describe('a read', () => {
  it('at the leader is answered once a quorum has answered a heartbeat that was sent after it', () => {
    const cluster = led()
    const answers = withholdAnswers(cluster)
    cluster.read('a', 1)
    expect(readsOf(cluster, 'a')).toEqual([])
    cluster.receive('a', answers[0]!)
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: 2 }])
  })

  it('at a follower is answered by the leader, when it knows', () => {
    const cluster = led()
    const answers = withholdAnswers(cluster)
    cluster.read('b', 1)
    expect(readsOf(cluster, 'b')).toEqual([])
    cluster.receive('a', answers[0]!)
    expect(readsOf(cluster, 'b')).toEqual([{ request: 1, index: 2 }])
    expect(readsOf(cluster, 'a')).toEqual([])
  })

  it('needs more than half of the voters', () => {
    const cluster = led({}, ['a', 'b', 'c', 'd', 'e'])
    const answers = withholdAnswers(cluster)
    cluster.read('a', 1)
    cluster.receive('a', answers[0]!)
    cluster.receive('a', answers[0]!)
    expect(readsOf(cluster, 'a')).toEqual([])
    cluster.receive('a', answers[1]!)
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: 2 }])
  })

  it('counts neither a learner nor a non-member', () => {
    const cluster = led()
    cluster.add('d')
    cluster.reconfigure('a', { transition: 'auto', changes: [{ kind: 'learner', id: 'd' }] })
    cluster.pass(25)
    const answers = withholdAnswers(cluster)
    cluster.read('a', 1)
    const ofLearner = answers.find(({ from }) => from === 'd')!
    cluster.receive('a', ofLearner)
    cluster.receive('a', { ...ofLearner, from: 'x' })
    expect(readsOf(cluster, 'a')).toEqual([])
  })

  it('is of what was committed when it came, and at least that', () => {
    const cluster = led()
    const answers = withholdAnswers(cluster)
    cluster.read('a', 1)
    cluster.propose('a', 'y')
    expect(cluster.raft('a').commit).toBe(3)
    cluster.receive('a', answers[0]!)
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: 2 }])
  })

  it('is not confirmed by an answer to a heartbeat that was sent before it', () => {
    const cluster = led()
    const late = withholdAnswers(cluster)
    cluster.pass(20)
    const early = late.splice(0)
    expect(early.map(({ from }) => from)).toEqual(['b', 'c'])
    cluster.read('a', 1)
    for (const answer of early) cluster.receive('a', answer)
    expect(readsOf(cluster, 'a')).toEqual([])
    cluster.receive('a', late[0]!)
    expect(readsOf(cluster, 'a')).toHaveLength(1)
  })

  it('is not confirmed by a duplicate of the answer to an older one', () => {
    const cluster = led()
    const answers = withholdAnswers(cluster)
    cluster.read('a', 1)
    const first = answers.splice(0)
    cluster.receive('a', first[0]!)
    cluster.read('a', 2)
    for (const answer of [...first, ...first]) cluster.receive('a', answer)
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: 2 }])
    cluster.receive('a', answers[1]!)
    expect(readsOf(cluster, 'a')).toEqual([
      { request: 1, index: 2 },
      { request: 2, index: 2 },
    ])
  })

  it('is confirmed by the answer to a newer one too', () => {
    const cluster = led()
    const answers = withholdAnswers(cluster)
    cluster.read('a', 1)
    answers.length = 0
    cluster.read('a', 2)
    cluster.receive('a', answers[0]!)
    expect(readsOf(cluster, 'a').map(({ request }) => request)).toEqual([1, 2])
  })

  it('shares its heartbeats with those of the same turn', () => {
    const cluster = led()
    const before = cluster.sent.length
    for (const request of [1, 2, 3])
      cluster.raft('a').step({ type: 'read', request, policy: 'quorum' }, cluster.now)
    cluster.runEffects()
    const heartbeats = cluster.sent.slice(before).filter(({ message }) => message.type === 'heartbeat')
    expect(heartbeats.map(({ to }) => to)).toEqual(['b', 'c'])
    expect(readsOf(cluster, 'a')).toHaveLength(3)
  })

  it('of a cluster of one is answered at once', () => {
    const cluster = led({}, ['a'])
    cluster.read('a', 1)
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: 2 }])
  })

  it.each<[NodeId[], NodeId]>([
    [['b', 'c'], 'd'],
    [['d', 'e'], 'b'],
  ])('needs both halves of a joint configuration: %s is not enough, with %s it is', (half, other) => {
    const cluster = led()
    for (const id of ['d', 'e']) cluster.add(id)
    const changes = [
      { kind: 'voter', id: 'd' },
      { kind: 'voter', id: 'e' },
      { kind: 'remove', id: 'b' },
      { kind: 'remove', id: 'c' },
    ] as const
    cluster.reconfigure('a', { transition: 'explicit', changes })
    cluster.pass(25)
    const answers = withholdAnswers(cluster)
    cluster.read('a', 1)
    const answerOf = (id: NodeId): Answer => answers.find(({ from }) => from === id)!
    for (const id of half) cluster.receive('a', answerOf(id))
    expect(readsOf(cluster, 'a')).toEqual([])
    cluster.receive('a', answerOf(other))
    expect(readsOf(cluster, 'a')).toHaveLength(1)
  })
})

describe('a new leader', () => {
  it('postpones reads until it has committed an entry of its own term', () => {
    const cluster = led()
    // The entry reaches all members; its commit index reaches none.
    cluster.deliver = ({ message }) => message.type !== 'append' || message.entries.length > 0
    cluster.propose('a', 'y')
    expect([cluster.raft('a').commit, cluster.raft('c').commit]).toEqual([3, 2])
    cluster.deliver = ({ message }) => message.type !== 'append'
    cluster.raft('a').step({ type: 'transfer', to: 'c' }, cluster.now)
    cluster.pass(40)
    expect([cluster.raft('c').role, cluster.raft('b').leader]).toEqual(['leader', 'c'])
    cluster.read('c', 1)
    cluster.read('b', 2)
    cluster.pass(40)
    expect([...readsOf(cluster, 'c'), ...readsOf(cluster, 'b')]).toEqual([])
    cluster.deliver = () => true
    cluster.pass(40)
    const { termStart } = cluster.raft('c')
    expect(termStart).toBe(4)
    expect(readsOf(cluster, 'c')).toEqual([{ request: 1, index: termStart }])
    expect(readsOf(cluster, 'b')).toEqual([{ request: 2, index: termStart }])
  })

  it('alone postpones them too', () => {
    const cluster = new TestCluster(['a'], { preVote: false })
    cluster.node('a').holdWrites = true
    cluster.elect('a')
    cluster.finishWrites('a')
    expect([cluster.raft('a').role, cluster.raft('a').commit]).toEqual(['leader', 0])
    cluster.read('a', 1)
    expect(readsOf(cluster, 'a')).toEqual([])
    cluster.finishWrites('a')
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: 1 }])
  })
})

describe('a read without an answer is reported', () => {
  it('by an old leader that is cut off, which never confirms it', () => {
    const cluster = led()
    cluster.pass(40)
    cluster.deliver = ({ from, to }) => from !== 'a' && to !== 'a'
    cluster.read('a', 1)
    cluster.pass(30)
    expect([cluster.raft('a').role, readsOf(cluster, 'a')]).toEqual(['leader', []])
    cluster.pass(500, ['b', 'c'])
    expect(cluster.raft('b').leader).not.toBe('a')
    cluster.propose(cluster.raft('b').leader!, 'newer')
    cluster.deliver = () => true
    cluster.pass(100)
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: null }])
  })

  it('by a leader that steps down without a quorum', () => {
    const cluster = led()
    cluster.deliver = () => false
    cluster.read('a', 1)
    cluster.pass(250, ['a'])
    expect(cluster.raft('a').role).toBe('follower')
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: null }])
  })

  it('by a leader that had not begun it', () => {
    const cluster = new TestCluster(['a', 'b', 'c'], { lease: false })
    cluster.deliver = ({ message }) => message.type !== 'append'
    cluster.elect('a')
    cluster.read('a', 1)
    cluster.deliver = () => false
    cluster.pass(250, ['a'])
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: null }])
  })

  it('at once if no leader is known, by a follower and by a candidate', () => {
    const cluster = new TestCluster(['a', 'b', 'c'])
    cluster.deliver = () => false
    cluster.read('a', 1)
    cluster.elect('a')
    expect(cluster.raft('a').role).toBe('preCandidate')
    cluster.read('a', 2)
    expect(readsOf(cluster, 'a')).toEqual([
      { request: 1, index: null },
      { request: 2, index: null },
    ])
  })
})

describe('a read by lease', () => {
  const leased = { lease: true }

  it('is answered at once while the lease lasts, without a message', () => {
    const cluster = led(leased)
    cluster.pass(25)
    const { length } = cluster.sent
    cluster.read('a', 1, 'lease')
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: 2 }])
    expect(cluster.sent.length).toBe(length)
  })

  it('is answered at once to a follower too', () => {
    const cluster = led(leased)
    cluster.pass(25)
    const { length } = cluster.sent
    cluster.read('b', 1, 'lease')
    expect(readsOf(cluster, 'b')).toEqual([{ request: 1, index: 2 }])
    expect(cluster.sent.slice(length).map(({ message }) => message.type)).toEqual([
      'readIndex',
      'readIndexResponse',
    ])
  })

  it('is not answered from the deadline on, even before a tick', () => {
    const cluster = led(leased)
    cluster.deliver = () => false
    cluster.now = Math.ceil(cluster.raft('a').leaseDeadline)
    cluster.read('a', 1, 'lease')
    expect(readsOf(cluster, 'a').filter((read) => read.index !== null)).toEqual([])
  })

  it('asks the quorum if leases are off', () => {
    const cluster = led()
    const answers = withholdAnswers(cluster)
    cluster.read('a', 1, 'lease')
    expect(readsOf(cluster, 'a')).toEqual([])
    cluster.receive('a', answers[0]!)
    expect(readsOf(cluster, 'a')).toEqual([{ request: 1, index: index(2) }])
  })

  it('asks the quorum during a transfer, when the lease is given up', () => {
    const cluster = led(leased)
    cluster.pass(25)
    cluster.deliver = ({ message }) => message.type !== 'timeoutNow' && message.type !== 'heartbeatResponse'
    cluster.raft('a').step({ type: 'transfer', to: 'b' }, cluster.now)
    cluster.runEffects()
    cluster.read('a', 1, 'lease')
    expect(readsOf(cluster, 'a')).toEqual([])
  })
})

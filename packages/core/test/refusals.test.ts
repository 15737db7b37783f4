// Whenever a voter refuses there is a reason: in its answer if it answers, else in its own view.
import { index, type Message, type NodeId, type RefusalReason, type RefusalView, term } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { TestCluster } from './cluster.ts'
import { led } from './members.ts'

const three = ['n1', 'n2', 'n3']
const plain = { preVote: false, lease: false, checkQuorum: false }

const ask = (type: 'vote' | 'preVote', t: number, last = 9, transfer = false): Message => ({
  type,
  term: term(t),
  last: { term: term(last), index: index(last) },
  transfer,
})

/** What `voter` answers to n3, and what its view says of it. */
function refusalOf(cluster: TestCluster, voter: NodeId, message: Message) {
  cluster.sent.length = 0
  cluster.receive(voter, { from: 'n3', message })
  const answer = cluster.sent.find(({ from, to }) => from === voter && to === 'n3')?.message
  const given = cluster.raft(voter).inspect().refusals.at(-1)
  return { answer, given }
}

interface Case {
  readonly reason: RefusalReason
  readonly when: string
  readonly answered: boolean
  readonly make: () => readonly [TestCluster, NodeId, Message]
  readonly detail: object
}

const later = (cluster: TestCluster): TestCluster => {
  cluster.receive('n2', { from: 'n3', message: { type: 'voteResponse', term: term(9), granted: false } })
  return cluster
}
const restarted = (cluster: TestCluster): TestCluster => {
  cluster.crash('n2')
  cluster.restart('n2')
  cluster.now += 40
  return cluster
}
const hasVotedForFirst = (): TestCluster => {
  const cluster = new TestCluster(three, plain)
  cluster.deliver = ({ message }) => message.type === 'vote'
  cluster.elect('n1')
  return cluster
}

const cases: readonly Case[] = [
  {
    reason: 'leads',
    when: 'leads, with a quorum check',
    answered: false,
    make: () => [led(three), 'n1', ask('preVote', 2)],
    detail: {},
  },
  {
    reason: 'leads',
    when: 'leads the term that is asked for',
    answered: true,
    make: () => [led(three, [], plain), 'n1', ask('vote', 1)],
    detail: {},
  },
  {
    reason: 'follows-leader',
    when: 'has heard from a leader lately',
    answered: false,
    make: () => {
      const cluster = led(three, [], { lease: false })
      cluster.now += 30
      return [cluster, 'n2', ask('vote', 2)]
    },
    detail: { leader: 'n1', remaining: 70 },
  },
  {
    reason: 'promised',
    when: 'has promised a leader, and learned of a later term since',
    answered: true,
    make: () => [later(led(three)), 'n2', ask('vote', 9)],
    detail: { remaining: 100, sinceStart: false },
  },
  {
    reason: 'promised',
    when: 'has promised a leader and is asked for a later term',
    answered: false,
    make: () => [later(led(three)), 'n2', ask('preVote', 10)],
    detail: { remaining: 100, sinceStart: false },
  },
  {
    reason: 'promised',
    when: 'has just started',
    answered: false,
    make: () => [restarted(led(three)), 'n2', ask('preVote', 2)],
    detail: { remaining: 60, sinceStart: true },
  },
  {
    reason: 'term-has-leader',
    when: 'knows a leader of the term',
    answered: true,
    make: () => [led(three, [], plain), 'n2', ask('vote', 1)],
    detail: { leader: 'n1' },
  },
  {
    reason: 'voted-for-other',
    when: 'has voted for another',
    answered: true,
    make: () => [hasVotedForFirst(), 'n2', ask('vote', 1)],
    detail: { vote: 'n1' },
  },
  {
    reason: 'voted-for-other',
    when: 'stands itself',
    answered: true,
    make: () => [hasVotedForFirst(), 'n1', ask('preVote', 1)],
    detail: { vote: 'n1' },
  },
  {
    reason: 'log-behind',
    when: 'has a later log',
    answered: true,
    make: () => [led(three, [], plain), 'n2', ask('vote', 2, 0)],
    detail: { last: { term: 1, index: 1 } },
  },
  {
    reason: 'later-term',
    when: 'is in a later term',
    answered: true,
    make: () => [later(led(three)), 'n2', ask('preVote', 3)],
    detail: {},
  },
  {
    reason: 'later-term',
    when: 'is in a later term, and pre-votes would tell',
    answered: false,
    make: () => [later(led(three)), 'n2', ask('vote', 3)],
    detail: {},
  },
]

describe('a voter that', () => {
  it.each(cases)('$when refuses: $reason (answered: $answered)', ({ reason, answered, make, detail }) => {
    const [cluster, voter, message] = make()
    const { answer, given } = refusalOf(cluster, voter, message)
    const refusal = { reason, ...detail }
    const { type: kind, term: asked, last } = message as Extract<Message, { type: 'vote' }>
    const ownTerm = cluster.raft(voter).term
    expect(given).toEqual({
      candidate: 'n3',
      kind,
      term: asked,
      last,
      at: cluster.now,
      ownTerm,
      refusal,
      answered,
    } satisfies Record<keyof RefusalView, unknown>)
    if (!answered) expect(answer).toBeUndefined()
    else expect(answer).toMatchObject({ type: `${kind}Response`, term: ownTerm, granted: false, refusal })
  })

  it('grants its vote later drops the refusal', () => {
    const cluster = led(three, [], plain)
    refusalOf(cluster, 'n2', ask('vote', 2, 0))
    expect(cluster.raft('n2').inspect().refusals).toHaveLength(1)
    expect(refusalOf(cluster, 'n2', ask('vote', 3)).answer).toMatchObject({ granted: true })
    expect(cluster.raft('n2').inspect().refusals).toEqual([])
  })

  it('is asked by many candidates remembers the last refusals, one for each', () => {
    const cluster = led(three)
    for (let i = 0; i < 100; i++) {
      cluster.receive('n2', { from: `x${i % 40}`, message: ask('vote', 2 + i) })
      cluster.receive('n2', { from: 'n3', message: ask('vote', 2 + i) })
    }
    const { refusals } = cluster.raft('n2').inspect()
    expect(refusals).toHaveLength(16)
    expect(refusals.at(-1)).toMatchObject({ candidate: 'n3', term: 101 })
    expect(new Set(refusals.map(({ candidate }) => candidate)).size).toBe(16)
  })
})

describe('a candidate remembers', () => {
  it('the voters that it asked and their answers, also those that come too late to count', () => {
    const cluster = led(three)
    cluster.crash('n1')
    cluster.pass(140)
    const { election } = cluster.raft('n2').inspect()
    expect(election).toMatchObject({ kind: 'vote', term: 2, transfer: false, last: { term: 1, index: 1 } })
    cluster.receive('n2', {
      from: 'n1',
      message: { type: 'voteResponse', term: term(2), granted: false, refusal: { reason: 'leads' } },
    })
    expect(cluster.raft('n2').role).toBe('leader')
    expect([...cluster.raft('n2').inspect().election!.answers]).toEqual([
      ['n1', { granted: false, at: 240, term: 2, refusal: { reason: 'leads' } }],
      ['n2', { granted: true, at: 233, term: 2, refusal: null }],
      ['n3', { granted: true, at: 233, term: 2, refusal: null }],
    ])
  })

  it('the refusal that ends its campaign, and one of an earlier term', () => {
    const cluster = led(three)
    later(cluster)
    cluster.deliver = () => false
    cluster.pass(300, ['n2'])
    expect(cluster.raft('n2').role).toBe('preCandidate')
    const answer = (from: NodeId, t: number, reason: 'later-term' | 'leads'): void =>
      cluster.receive('n2', {
        from,
        message: { type: 'preVoteResponse', term: term(t), granted: false, refusal: { reason } },
      })
    answer('n1', 4, 'leads')
    expect(cluster.raft('n2').role).toBe('preCandidate')
    answer('n3', 12, 'later-term')
    expect(cluster.raft('n2')).toMatchObject({ role: 'follower', term: 12 })
    const { answers } = cluster.raft('n2').inspect().election!
    expect([answers.get('n1'), answers.get('n3')]).toMatchObject([
      { term: 4, refusal: { reason: 'leads' } },
      { term: 12, refusal: { reason: 'later-term' } },
    ])
  })

  it('in views that do not change', () => {
    const cluster = led(three)
    cluster.deliver = () => false
    cluster.pass(140, ['n2'])
    const view = cluster.raft('n2').inspect()
    cluster.receive('n2', { from: 'n3', message: { type: 'preVoteResponse', term: term(2), granted: true } })
    expect(cluster.raft('n2').inspect().election).toMatchObject({ kind: 'vote', term: 2 })
    expect(view.election).toMatchObject({ kind: 'preVote', term: 2 })
    expect(view.election!.answers.get('n3')).toBe(null)
    expect([view, view.election].every(Object.isFrozen)).toBe(true)
  })

  it('no answer to another request', () => {
    const cluster = new TestCluster(three, plain)
    cluster.deliver = () => false
    for (let t = 1; t <= 3; t++) cluster.elect('n1')
    for (const message of [
      { type: 'voteResponse', term: term(2), granted: false },
      { type: 'voteResponse', term: term(2), granted: true },
      { type: 'preVoteResponse', term: term(3), granted: true },
    ] as const)
      cluster.receive('n1', { from: 'n2', message })
    expect(cluster.raft('n1').inspect().election!.answers.get('n2')).toBe(null)
    const careful = new TestCluster(three)
    careful.deliver = () => false
    careful.elect('n1')
    careful.receive('n1', { from: 'n2', message: { type: 'preVoteResponse', term: term(3), granted: true } })
    expect(careful.raft('n1').inspect().election!.answers.get('n2')).toBe(null)
  })
})

describe('a leader remembers why it stopped leading', () => {
  const endOf = (cluster: TestCluster) => cluster.raft('n1').inspect().lostLeadership

  it.each([
    ['no-quorum', { lease: false }],
    ['lease-ran-out', {}],
  ])('%s: who was silent', (reason, config) => {
    const cluster = led(three, [], config)
    expect(endOf(cluster)).toBe(null)
    cluster.deliver = ({ from, to }) => from !== 'n3' && to !== 'n3'
    cluster.pass(500)
    expect(cluster.raft('n1').role).toBe('leader')
    cluster.crash('n2')
    cluster.pass(250)
    expect(endOf(cluster)).toMatchObject({ term: 1, end: { reason }, silent: ['n2', 'n3'] })
  })

  it('a later term', () => {
    const cluster = led(three)
    cluster.receive('n1', { from: 'n3', message: { type: 'voteResponse', term: term(7), granted: false } })
    expect(endOf(cluster)).toEqual({ term: 1, at: 100, end: { reason: 'later-term', term: 7 }, silent: [] })
  })
})

// A cluster that only elects (RaftConfig.electionOnly).
import { completeConfig, MemoryLog, Raft, staticVoters } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { TestCluster } from './cluster.ts'
import { add, configurationOf } from './members.ts'

const elects = (config = {}): TestCluster =>
  new TestCluster(['a', 'b', 'c'], { electionOnly: true, ...config })

describe('a cluster that only elects', () => {
  it('has one leader after the other, each in a later term, and no log', () => {
    const cluster = elects()
    const fences: number[] = []
    for (let i = 0; i < 20; i++) {
      cluster.pass(400)
      const { leader } = cluster
      expect(leader).not.toBeNull()
      expect(cluster.held(leader!)).toBe(true)
      fences.push(cluster.raft(leader!).term)
      cluster.crash(leader!)
      cluster.pass(400)
      cluster.restart(leader!)
    }
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b))
    for (const id of ['a', 'b', 'c']) {
      expect(cluster.raft(id).inspect().lastIndex).toBe(0)
      expect(cluster.node(id).log.lastIndex).toBe(0)
    }
  })

  it('keeps its votes: they are on disk before they are given', () => {
    const cluster = elects()
    cluster.pass(400)
    for (const id of ['a', 'b', 'c']) expect(cluster.node(id).hardState.term).toBe(cluster.raft(id).term)
  })

  it('transfers leadership, and steps down without a quorum, as any other', () => {
    const cluster = elects()
    cluster.elect('a')
    cluster.pass(50)
    cluster.raft('a').step({ type: 'transfer', to: 'b' }, cluster.now)
    cluster.runEffects()
    cluster.pass(30)
    expect(cluster.leader).toBe('b')
    cluster.crash('a')
    cluster.crash('c')
    cluster.pass(300)
    expect(cluster.leader).toBeNull()
  })

  it('refuses proposals, and says why', () => {
    const cluster = elects()
    cluster.elect('a')
    cluster.pass(50)
    cluster.propose('a', 'nothing is appended here', 1)
    expect(cluster.node('a').outcomes.at(-1)).toEqual({ request: 1, at: null, reason: 'election-only' })
    cluster.propose('b', 'nor from there', 2)
    expect(cluster.node('b').outcomes.at(-1)).toEqual({ request: 2, at: null, reason: 'election-only' })
  })

  it('changes its membership, and then has a log of that', () => {
    const cluster = elects()
    cluster.elect('a')
    cluster.pass(50)
    cluster.add('d')
    // It has committed no entry of its own term: it appends one, and asks for another try.
    expect(cluster.reconfigure('a', add('d'))).toMatchObject({ at: null, reason: 'change-pending' })
    expect(cluster.raft('a').termStart).toBe(0) // leadership that is held stays so
    expect(cluster.reconfigure('a', add('d'))).toMatchObject({ reason: null })
    cluster.pass(50)
    expect(configurationOf(cluster, 'd').voters).toEqual(['a', 'b', 'c', 'd'])
    const { lastIndex } = cluster.raft('a').inspect()
    for (let i = 0; i < 10; i++) {
      cluster.crash(cluster.leader!)
      cluster.pass(400)
      for (const id of ['a', 'b', 'c', 'd']) if (!cluster.node(id).up) cluster.restart(id)
      cluster.pass(400)
    }
    expect(cluster.raft('a').inspect().lastIndex).toBe(lastIndex)
  })

  it('appends nothing during a transfer', () => {
    const cluster = elects()
    cluster.elect('a')
    cluster.pass(50)
    cluster.deliver = ({ message }) => message.type !== 'timeoutNow'
    cluster.raft('a').step({ type: 'transfer', to: 'b' }, cluster.now)
    expect(cluster.reconfigure('a', add('d'))).toMatchObject({ at: null, reason: 'transferring' })
    expect(cluster.raft('a').inspect().lastIndex).toBe(0)
  })

  it('finishes a change that an earlier leader left half done', () => {
    const cluster = elects()
    cluster.elect('a')
    cluster.pass(50)
    for (const id of ['d', 'e']) cluster.add(id)
    cluster.reconfigure('a', add('d', 'e'))
    cluster.deliver = ({ to, message }) => to !== 'c' && message.type !== 'appendResponse'
    cluster.reconfigure('a', add('d', 'e'))
    cluster.crash('a')
    cluster.deliver = () => true
    cluster.pass(1000)
    expect(configurationOf(cluster, cluster.leader!)).toMatchObject({
      voters: ['a', 'b', 'c', 'd', 'e'],
      outgoing: [],
    })
  })

  it('leaves a joint configuration that its leader finds, with nothing else in the log to finish', () => {
    const joint = { ...staticVoters(['a', 'b', 'c']), outgoing: ['a', 'b'], autoLeave: true }
    const cluster = new TestCluster(['a', 'b', 'c'], { electionOnly: true }, {}, joint)
    cluster.elect('a')
    cluster.pass(50)
    for (const id of ['a', 'b', 'c']) expect(configurationOf(cluster, id).outgoing).toEqual([])
  })

  it('answers a read once a quorum has confirmed the leader', () => {
    const cluster = elects()
    cluster.elect('a')
    cluster.pass(50)
    cluster.read('b', 1)
    expect(cluster.node('b').reads).toEqual([{ request: 1, index: 0 }])
    cluster.deliver = () => false
    cluster.read('a', 2)
    expect(cluster.node('a').reads).toEqual([])
  })

  it('does not start with a log that has commands, nor follow a leader that has one', () => {
    const log = new MemoryLog()
    log.append([
      { term: 1 as never, index: 1 as never, type: 'normal', data: new Uint8Array(0) }, // every leader begins so
      { term: 1 as never, index: 2 as never, type: 'normal', data: new Uint8Array(1) },
    ])
    const start = (): Raft =>
      new Raft({
        config: completeConfig({ id: 'a', electionOnly: true }),
        restored: {
          hardState: { term: 1 as never, vote: null, commit: 0 as never, promise: 0 },
          configuration: staticVoters(['a', 'b']),
          applied: 0 as never,
        },
        log,
        random: () => 0,
        now: 0,
      })
    expect(start).toThrow(/electionOnly: this log has commands, the first at 2/)

    const mixed = new TestCluster(['a', 'b', 'c'], {}, { c: { electionOnly: true } })
    mixed.elect('a')
    expect(() => mixed.propose('a', 'a command')).toThrow(/c is configured to elect only, and its leader a/)
  })
})

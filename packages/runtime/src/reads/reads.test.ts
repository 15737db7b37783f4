import { type Event, type Index, index, type NodeId, type Role, type Term, term } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Consistency } from './consistency.ts'
import { Reads } from './reads.ts'

/** Stands for the core: records the requests for reads. */
class Core {
  role: Role = 'follower'
  leader: NodeId | null = 'leader'
  term: Term = term(1)
  readonly asked: { request: number; policy: string }[] = []

  step(event: Event): void {
    if (event.type === 'read') this.asked.push({ request: event.request, policy: event.policy })
  }

  elects(leader: NodeId | null, inTerm: number): void {
    this.leader = leader
    this.term = term(inTerm)
  }
}

describe('reads', () => {
  let clock: FakeClock
  let core: Core
  let applied: Index | null
  let reads: Reads
  let outcomes: string[]

  beforeEach(() => {
    clock = new FakeClock()
    core = new Core()
    applied = index(5)
    outcomes = []
    reads = new Reads({
      core,
      clock,
      applied: () => applied,
      firstRequest: 100,
      timeout: 1000,
      sweepInterval: 100,
      retryInterval: 300,
      wake() {},
    })
  })

  const add = (name: string, consistency: Consistency = 'linearizable', signal?: AbortSignal): void =>
    reads.add(consistency, signal, {
      serve: () => outcomes.push(name),
      reject: ({ code, message, outcome }) => outcomes.push(`${name}: ${code} ${outcome}: ${message}`),
    })
  const answer = (request: number, at: number | null): void => {
    reads.outcome({ request, index: at === null ? null : index(at) })
    reads.serve()
  }

  it('of one turn share one request, and are served in order once its index is applied', () => {
    add('one')
    add('two')
    reads.submit()
    expect(core.asked).toEqual([{ request: 100, policy: 'quorum' }])
    answer(100, 6)
    expect(outcomes).toEqual([])
    applied = index(6)
    reads.serve()
    expect(outcomes).toEqual(['one', 'two'])
  })

  it('do not join a request that was made before they came in', () => {
    add('early')
    reads.submit()
    add('late')
    reads.submit()
    expect(core.asked.map(({ request }) => request)).toEqual([100, 101])
    answer(100, 5)
    expect(outcomes).toEqual(['early'])
    answer(101, 5)
    expect(outcomes).toEqual(['early', 'late'])
  })

  it('by lease are asked for apart', () => {
    add('one')
    add('two', 'lease')
    reads.submit()
    expect(core.asked.map(({ policy }) => policy)).toEqual(['quorum', 'lease'])
  })

  it('wait for a leader, and ask the next one if the one they asked does not answer', () => {
    core.elects(null, 1)
    add('one')
    reads.submit()
    expect(core.asked).toEqual([])
    core.elects('b', 2)
    reads.submit()
    core.elects('c', 3)
    reads.submit()
    reads.submit()
    expect(core.asked.map(({ request }) => request)).toEqual([100, 101])
    // The answer of the first one is late, and as good: it was asked after the read had come in.
    answer(100, 4)
    answer(101, 5)
    expect(outcomes).toEqual(['one'])
  })

  it('are asked for again when the core cannot answer, as soon as a leader is known', () => {
    add('one')
    reads.submit()
    core.elects(null, 1)
    answer(100, null)
    reads.submit()
    expect(core.asked).toHaveLength(1)
    core.elects('leader', 1)
    reads.submit()
    expect(core.asked).toHaveLength(2)
    answer(101, 5)
    expect(outcomes).toEqual(['one'])
  })

  it('are asked for again when no answer comes', () => {
    add('one')
    reads.submit()
    clock.advance(200)
    expect(core.asked).toHaveLength(1)
    clock.advance(100)
    expect(core.asked).toHaveLength(2)
  })

  it('gather while many requests wait for their answers', () => {
    for (let n = 0; n < 20; n++) {
      add(`${n}`)
      reads.submit()
    }
    expect(core.asked).toHaveLength(16)
    answer(100, 5)
    reads.submit()
    expect(core.asked).toHaveLength(17)
    answer(116, 5)
    expect(outcomes).toEqual(['0', '16', '17', '18', '19'])
  })

  it('that are local are served without a leader, but not before the turn ends', () => {
    core.elects(null, 1)
    add('one', 'local')
    expect(outcomes).toEqual([])
    reads.submit()
    reads.serve()
    expect(outcomes).toEqual(['one'])
    expect(core.asked).toEqual([])
  })

  it('that name an index wait for it', () => {
    add('one', { atLeast: 7 })
    reads.serve()
    expect(outcomes).toEqual([])
    applied = index(7)
    reads.serve()
    expect(outcomes).toEqual(['one'])
  })

  it('of any kind wait while a snapshot is being installed', () => {
    applied = null
    add('local', 'local')
    add('lease', 'lease')
    reads.submit()
    answer(100, 5)
    expect(outcomes).toEqual([])
    applied = index(9)
    reads.serve()
    expect(outcomes).toEqual(['local', 'lease'])
  })

  it.each<[string, Consistency, () => void, string]>([
    ['no leader is known', 'linearizable', () => core.elects(null, 1), 'no leader is known'],
    [
      'the leader is silent',
      'lease',
      () => {},
      "the leader 'leader' did not confirm in time that it still leads",
    ],
    ['the member is behind', { atLeast: 9 }, () => {}, 'this member has applied 5, and the read needs 9'],
    [
      'a snapshot is being installed',
      'local',
      () => {
        applied = null
      },
      'this member is installing a snapshot',
    ],
  ])('time out when %s', (_, consistency, given, why) => {
    given()
    add('one', consistency)
    reads.submit()
    clock.advance(900)
    expect(outcomes).toEqual([])
    clock.advance(200)
    expect(outcomes).toEqual([
      `one: OARLOCK_READ_TIMEOUT not-a-write: ${why}: the read was not served in time`,
    ])
    expect(clock.timers).toBe(0)
    answer(100, 5)
    expect(outcomes).toHaveLength(1)
  })

  it('can be aborted at any time', () => {
    const controller = new AbortController()
    add('waiting', 'linearizable', controller.signal)
    add('other')
    reads.submit()
    add('behind', { atLeast: 9 }, controller.signal)
    controller.abort()
    add('late', 'local', controller.signal)
    answer(100, 5)
    applied = index(9)
    reads.serve()
    const aborted = 'OARLOCK_READ_ABORTED not-a-write: aborted by the caller: the read was not served'
    expect(outcomes).toEqual([`waiting: ${aborted}`, `behind: ${aborted}`, `late: ${aborted}`, 'other'])
  })

  it('of the runtime itself are served as the others are, and no metric has them', () => {
    reads.addOwn('lease', { serve: () => outcomes.push('own'), reject: ({ code }) => outcomes.push(code) })
    reads.submit()
    expect(core.asked).toEqual([{ request: 100, policy: 'lease' }])
    answer(100, 5)
    expect(outcomes).toEqual(['own'])
    reads.addOwn('lease', { serve() {}, reject: ({ code }) => outcomes.push(code) })
    reads.submit()
    clock.advance(1100)
    expect(outcomes).toEqual(['own', 'OARLOCK_READ_TIMEOUT'])
    expect(reads.pending).toBe(0)
    expect(reads.begun.lease).toBe(0)
    expect(reads.meter.duration.snapshot().count).toBe(0)
    expect(reads.meter.failures.snapshot()).toEqual({})
    expect(clock.timers).toBe(0)
  })

  it('fail when the member closes', () => {
    add('asked')
    reads.submit()
    add('waiting')
    add('behind', { atLeast: 9 })
    reads.failAll('the member is closed')
    const closed = 'OARLOCK_MEMBER_CLOSED not-a-write: the member is closed: the read was not served'
    expect(outcomes.toSorted()).toEqual([`asked: ${closed}`, `behind: ${closed}`, `waiting: ${closed}`])
    expect(clock.timers).toBe(0)
  })
})

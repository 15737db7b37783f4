import { index, type Role, term } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { beforeEach, describe, expect, it } from 'vitest'
import type { LeaseLeadership } from './lease-leadership.ts'
import { LeadershipTracker } from './tracker.ts'

describe('the leadership tracker', () => {
  let clock: FakeClock
  let core: ReturnType<typeof leader>
  let tracker: LeadershipTracker
  let told: string[]

  const leader = () => ({
    role: 'leader' as Role,
    term: term(3),
    leader: 'a' as string | null,
    applied: index(10),
    termStart: index(10),
    leaseDeadline: clock.now() + 100,
  })

  beforeEach(() => {
    clock = new FakeClock()
    core = leader()
    told = []
    tracker = new LeadershipTracker({
      core,
      clock,
      leaseEnded: () => told.push('ran out'),
      onBegin: ({ fence }) => told.push(`begins ${fence}`),
      onEnd: ({ fence }) => told.push(`ends ${fence}`),
    })
  })

  const begun = (): LeaseLeadership => {
    tracker.follow()
    return tracker.current!
  }

  it('begins when it has a lease and has applied everything that was committed before', () => {
    expect(begun()).toMatchObject({ fence: 3, held: true })
    expect(told).toEqual(['begins 3'])
  })

  it.each([
    ['a candidate', { role: 'candidate' as Role }],
    ['a leader whose no-op is not applied yet', { applied: index(9) }],
    ['a leader that no quorum has answered', { leaseDeadline: Number.NEGATIVE_INFINITY }],
    ['a leader whose lease ran out', { leaseDeadline: 1000 }],
  ])('does not begin for %s', (_, state) => {
    Object.assign(core, state)
    tracker.follow()
    expect(tracker.current).toBeNull()
  })

  it.each([
    ['another term', { term: term(4), leaseDeadline: Number.POSITIVE_INFINITY }],
    ['another role', { role: 'follower' as Role, leader: 'b' }],
    ['a lease that is given up', { leaseDeadline: Number.NEGATIVE_INFINITY }],
  ])('ends with %s, already before anybody is told', (_, state) => {
    const leadership = begun()
    Object.assign(core, state)
    expect(leadership.held).toBe(false)
    expect(leadership.signal.aborted).toBe(false)
    tracker.follow()
    expect(leadership.signal.reason).toMatchObject({ code: 'OARLOCK_LEADERSHIP_LOST', leader: core.leader })
  })

  it('begins only once with one fence', () => {
    const first = begun()
    core.leaseDeadline = Number.NEGATIVE_INFINITY
    tracker.follow()
    core.leaseDeadline = clock.now() + 100
    tracker.follow()
    expect(tracker.current).toBeNull()
    core.term = term(4)
    expect(begun()).toMatchObject({ fence: 4, held: true })
    expect(first.held).toBe(false)
  })

  it('gives waiting callers the current leadership, or the next one', async () => {
    core.role = 'follower'
    const waiting = tracker.next(undefined)
    core.role = 'leader'
    const leadership = begun()
    expect(await waiting).toBe(leadership)
    expect(await tracker.next(undefined)).toBe(leadership)
  })

  it('is over for good when the member closes', async () => {
    const leadership = begun()
    const reason = new Error('closing')
    tracker.warn(reason)
    expect(leadership).toMatchObject({ held: true, signal: { aborted: true, reason } })
    await expect(tracker.next(undefined)).rejects.toBe(reason)
    tracker.end(new Error('closed'))
    expect(leadership).toMatchObject({ held: false, signal: { reason } })
    expect(tracker.current).toBeNull()
    core.term = term(4)
    tracker.follow()
    expect(tracker.current).toBeNull()
    expect(told).toEqual(['begins 3', 'ends 3'])
  })
})

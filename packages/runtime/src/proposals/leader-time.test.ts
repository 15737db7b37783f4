import { type Index, index, type Role, type Term, term } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { beforeEach, describe, expect, it } from 'vitest'
import { LeaderTime } from './leader-time.ts'

class Core {
  role: Role = 'leader'
  term: Term = term(1)
  applied: Index = index(0)
  termStart: Index = index(1)
}

describe('leader time', () => {
  let clock: FakeClock
  let core: Core
  let time: LeaderTime

  beforeEach(() => {
    clock = new FakeClock()
    core = new Core()
    time = new LeaderTime(core, clock)
  })

  it("is not known before the leader's own no-op is applied, and then follows its clock in whole ms", () => {
    time.follow()
    clock.advance(100)
    expect(time.now()).toBe(0)
    core.applied = index(1)
    time.follow()
    clock.advance(20.7)
    time.follow()
    expect(time.now()).toBe(20)
  })

  it('goes on where the leader before has ended, and stands still while nobody leads', () => {
    time.advance(500)
    core.role = 'follower'
    clock.advance(1000)
    expect([time.now(), time.latest]).toEqual([0, 500])
    core.role = 'leader'
    core.term = term(2)
    core.applied = index(1)
    time.follow()
    clock.advance(30)
    expect(time.now()).toBe(530)
  })

  it('starts anew in each term, from what is in the log by then', () => {
    core.applied = index(1)
    time.follow()
    clock.advance(100)
    expect(time.now()).toBe(100)
    core.term = term(3)
    core.termStart = index(2)
    expect(time.now()).toBe(0)
    time.advance(80)
    core.applied = index(2)
    time.follow()
    clock.advance(5)
    expect(time.now()).toBe(85)
  })

  it('never goes back, whatever the log holds', () => {
    expect([time.advance(50), time.advance(40), time.advance(0), time.latest]).toEqual([50, 50, 50, 50])
    time.restore(700)
    expect(time.latest).toBe(700)
  })
})

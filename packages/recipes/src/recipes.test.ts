import { MemberClosedError } from '@oarlock/runtime'
import type { Store } from '@oarlock/store'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it } from 'vitest'
import { Recipes } from './recipes.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

it('when the store has stopped, those who wait are told why, and nothing is tried any more', async () => {
  const clock = new FakeClock()
  const closed = new MemberClosedError('the member had to stop', 'not-applied')
  const gone = (): Promise<never> => Promise.reject(closed)
  let isGone = false
  let asked = 0
  const never = (): Promise<never> => {
    asked++
    return isGone ? gone() : new Promise(() => {})
  }
  const kv = {
    lease: never,
    range: never,
    watch: () => ({ started: never(), return: () => {} }),
  } as unknown as Store
  const recipes = new Recipes({
    kv,
    clock,
    newController: () => new AbortController(),
    id: 'a',
    logger: silent,
    newTaskContext: () => ({ run: (_run, work) => work(), getStore: () => undefined }),
    leaveWithin: 100,
  })
  const election = recipes.election('e')
  const leading = election.lead(async () => 'led')
  const campaigning = election.campaign()
  const cause = new Error('no space left')
  isGone = true
  recipes.stop(cause)
  await expect(leading).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED', cause })
  await expect(campaigning).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED', cause })
  await expect(election.closed).rejects.toBe(cause)
  expect(election.status().state).toBe('stopped')
  expect(() => recipes.lock('l')).toThrow(MemberClosedError)
  const before = asked
  await clock.pass(10_000)
  expect([asked, clock.timers]).toEqual([before, 0])
})

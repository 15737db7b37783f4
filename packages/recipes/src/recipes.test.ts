import { MemberClosedError } from '@oarlock/runtime'
import type { Store } from '@oarlock/store'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it } from 'vitest'
import type { Environment } from './environment.ts'
import { Recipes } from './recipes.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

const environmentOf = (kv: Store, clock: FakeClock): Environment => ({
  kv,
  clock,
  newController: () => new AbortController(),
  id: 'a',
  logger: silent,
  newTaskContext: () => ({ run: (_run, work) => work(), getStore: () => undefined }),
  leaveWithin: 100,
})

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
  const recipes = new Recipes(environmentOf(kv, clock))
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

it('many elections of one process have one lease and one watch', async () => {
  const clock = new FakeClock()
  let leases = 0
  let watches = 0
  const signal = new AbortController().signal
  const never = (): Promise<never> => new Promise(() => {})
  const transaction = {
    when: () => transaction,
    // biome-ignore lint/suspicious/noThenProperty: that of the store has it
    then: () => transaction,
    else: () => transaction,
    commit: never,
  }
  const kv = {
    lease: async () => ({ id: ++leases, held: true, deadline: 1e9, signal, revoke: async () => {} }),
    range: never,
    watch: () => {
      watches++
      return { started: never(), return: () => {} }
    },
    transaction: () => transaction,
  } as unknown as Store
  const recipes = new Recipes(environmentOf(kv, clock))
  for (let n = 0; n < 1000; n++)
    void recipes
      .election(`e ${n}`)
      .lead(async () => {})
      .catch(() => {})
  await clock.pass(0)
  expect([leases, watches]).toEqual([1, 1])
  recipes.stop(new Error('enough'))
})

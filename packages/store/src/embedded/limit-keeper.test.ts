import { type Leadership, TooManyUncommittedError } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it } from 'vitest'
import { decodeRequest } from '../codec/index.ts'
import { StoreState } from '../model/store-state.ts'
import { LimitKeeper } from './limit-keeper.ts'
import type { ProposalPort } from './one-proposal.ts'

const limits = { keys: 10, bytes: Number.POSITIVE_INFINITY, leases: 3 }
const key = Uint8Array.of(1)

it('limits the store of a leader once there is something in it, and again after another leader', () => {
  const state = new StoreState()
  const proposed: (() => void)[] = []
  const port: { leadership: Leadership | null } & ProposalPort = {
    clock: new FakeClock(),
    electionTimeout: 500,
    leadership: { fence: 1 } as Leadership,
    proposeOnce: (command, { resolve }) =>
      proposed.push(() => {
        const request = decodeRequest(command)
        if (request.type !== 'range') state.apply(request)
        resolve(new Uint8Array(0))
      }),
  }
  const keeper = new LimitKeeper(port, state, limits)
  keeper.follow()
  expect(proposed).toEqual([])
  state.apply({ type: 'put', key, value: key, lease: 0 })
  keeper.follow()
  keeper.follow()
  expect(proposed).toHaveLength(1)
  proposed[0]!()
  expect(state.limits).toEqual(limits)
  keeper.follow()
  expect(proposed).toHaveLength(1)
  state.apply({ type: 'limit', limits: { ...limits, keys: 7 } })
  port.leadership = null
  keeper.follow()
  expect(proposed).toHaveLength(1)
  port.leadership = { fence: 2 } as Leadership
  keeper.follow()
  expect(proposed).toHaveLength(2)
})

it('asks again when the leader has refused the proposal, and not in the same turn', async () => {
  const state = new StoreState()
  state.apply({ type: 'put', key, value: key, lease: 0 })
  const clock = new FakeClock()
  let asked = 0
  const keeper = new LimitKeeper(
    {
      clock,
      electionTimeout: 500,
      leadership: { fence: 1 } as Leadership,
      proposeOnce: (_, { reject }) => {
        asked++
        reject(new TooManyUncommittedError('too many'))
      },
    },
    state,
    limits,
  )
  for (let turn = 0; turn < 10; turn++) keeper.follow()
  expect(asked).toBe(1)
  await clock.pass(501)
  for (let turn = 0; turn < 10; turn++) keeper.follow()
  expect(asked).toBe(2)
  keeper.close()
  expect(clock.timers).toBe(0)
})

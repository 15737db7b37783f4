import { type Leadership, NoLeaderError, type StorePort } from '@oarlock/runtime'
import { expect, it } from 'vitest'
import { decodeRequest } from '../codec/index.ts'
import { StoreState } from '../model/store-state.ts'
import { LimitKeeper } from './limit-keeper.ts'

const limits = { keys: 10, bytes: Number.POSITIVE_INFINITY, leases: 3 }
const key = Uint8Array.of(1)

it('limits the store of a leader once there is something in it, and again after another leader', () => {
  const state = new StoreState()
  const proposed: (() => void)[] = []
  const port: { leadership: Leadership | null } & Pick<StorePort, 'proposeOnce'> = {
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

it('asks again when the proposal was lost', () => {
  const state = new StoreState()
  state.apply({ type: 'put', key, value: key, lease: 0 })
  let asked = 0
  const port = {
    leadership: { fence: 1 } as Leadership,
    proposeOnce: (_: Uint8Array, { reject }: Parameters<StorePort['proposeOnce']>[1]) => {
      asked++
      reject(new NoLeaderError('lost'))
    },
  }
  const keeper = new LimitKeeper(port, state, limits)
  keeper.follow()
  keeper.follow()
  expect(asked).toBe(2)
})

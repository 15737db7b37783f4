import { expect, it } from 'vitest'
import { StoreState } from './store-state.ts'

const key = Uint8Array.of(1)

it('the end of a lease counts only in the term of the leader that found it', () => {
  const state = new StoreState()
  state.apply({ type: 'grant', id: 0, ttl: 1000, owner: 0 })
  state.apply({ type: 'put', key, value: key, lease: 1 })
  const inAnother = state.apply({ type: 'revoke', ids: [1], term: 3 }, 4)
  expect(inAnother).toEqual({ revision: 2, result: { type: 'revoke', ids: [] } })
  expect(state.keys.get(key)).not.toBeNull()
  const inItsOwn = state.apply({ type: 'revoke', ids: [1], term: 4 }, 4)
  expect(inItsOwn).toEqual({ revision: 3, result: { type: 'revoke', ids: [1] } })
  expect(state.keys.get(key)).toBeNull()
})

it('a store that was used is told from one that never was, also when it is empty again', () => {
  const state = new StoreState()
  expect(state.isUntouched).toBe(true)
  state.apply({ type: 'grant', id: 0, ttl: 1000, owner: 0 })
  state.apply({ type: 'revoke', ids: [1] })
  expect(state.isUntouched).toBe(false)
  state.clear()
  expect(state.isUntouched).toBe(true)
})

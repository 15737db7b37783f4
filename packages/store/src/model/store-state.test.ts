import { generationStep } from '@oarlock/runtime'
import { describe, expect, it } from 'vitest'
import { keyOverhead, sizeOf } from './key-history.ts'
import type { Operation } from './requests.ts'
import { everything } from './sorted-map.ts'
import { StoreState, unlimited } from './store-state.ts'

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

it('a new generation has greater revisions and leases than any of the one before, and forgets its history', () => {
  const state = new StoreState()
  const put = (term: number) => state.apply({ type: 'put', key, value: key, lease: 0 }, term)
  state.apply({ type: 'grant', id: 0, ttl: 1000, owner: 0 }, 7)
  put(7)
  expect(put(7)).toMatchObject({ revision: 3 })
  for (const generation of [1, 2]) {
    const first = generation * generationStep
    expect(put(first + 9)).toMatchObject({ revision: first + 1 })
    expect(state.keys).toMatchObject({ revision: first + 1, compacted: first })
    expect(put(first + 10)).toMatchObject({ revision: first + 2 })
    expect(state.keys.changesAt(first + 2)).toMatchObject([
      { modRevision: first + 2, version: generation * 2 + 2 },
    ])
    const grant = { type: 'grant', id: 0, ttl: 1000, owner: 0 } as const
    expect(state.apply(grant, first + 10)).toMatchObject({ result: { id: first + 1 } })
  }
  expect([...state.keys.range(everything)]).toHaveLength(1)
  expect(state.keys.get(key)).toMatchObject({ createRevision: 2 })
  expect(state.leases.size).toBe(3)
  const copy = new StoreState()
  const { keys, ...rest } = state.view()
  copy.restore({ ...keys, ...rest }, [...state.keys.range(everything)])
  expect(copy.keys.revision).toBe(state.keys.revision)
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

describe('a store with limits', () => {
  const name = (n: number): Uint8Array => Uint8Array.of(n)
  const put = (n: number, value: Uint8Array | null = name(0)) =>
    ({ type: 'put', key: name(n), value, lease: 0 }) as const
  const within = (limits: Partial<typeof unlimited>): StoreState => {
    const state = new StoreState()
    state.apply({ type: 'limit', limits: { ...unlimited, ...limits } })
    return state
  }
  const full = (of: string, limit: number) => ({ failure: { reason: 'full', of, limit } })
  const transaction = (...success: readonly Operation[]) =>
    ({ type: 'transaction', when: [], success, failure: [] }) as const

  it('has no more keys, also by transactions, and goes on to write those that it has', () => {
    const state = within({ keys: 2 })
    state.apply(put(1))
    expect(state.apply(transaction(put(2), put(3)))).toEqual(full('keys', 2))
    expect(state.keys.size).toBe(1)
    state.apply(transaction(put(1), put(2)))
    expect(state.apply(put(3))).toEqual(full('keys', 2))
    expect(state.apply(put(2))).toMatchObject({ result: { type: 'put' } })
    state.apply({ type: 'delete', range: { from: name(1), before: name(2) } })
    expect(state.apply(put(3))).toMatchObject({ result: { type: 'put' } })
  })

  it('has no more bytes than it may have, with its history, and takes deletions and compactions', () => {
    const value = new Uint8Array(1000)
    const each = sizeOf({ key: name(1), value })
    const bytes = keyOverhead + 3 * each
    const state = within({ bytes })
    for (let n = 0; n < 3; n++) expect(state.apply(put(1, value))).toHaveProperty('result')
    expect(state.apply(put(1, value))).toEqual(full('bytes', bytes))
    expect(state.apply(put(1, null))).toEqual(full('bytes', bytes))
    expect(state.apply({ type: 'delete', range: { from: name(1), before: null } })).toHaveProperty('result')
    state.apply({ type: 'compact', revision: state.keys.revision })
    expect(state.keys.bytes).toBe(0)
    expect(state.apply(put(1, value))).toHaveProperty('result')
  })

  it('grants no more leases, and revokes them', () => {
    const state = within({ leases: 1 })
    const grant = { type: 'grant', id: 0, ttl: 1000, owner: 0 } as const
    state.apply(grant)
    expect(state.apply(grant)).toEqual(full('leases', 1))
    state.apply({ type: 'revoke', ids: [1] })
    expect(state.apply(grant)).toHaveProperty('result')
  })

  it('keeps what is there when the limits become narrower', () => {
    const state = within({})
    for (let n = 0; n < 5; n++) state.apply(put(n))
    state.apply({ type: 'limit', limits: { keys: 2, bytes: 1, leases: 1 } })
    expect(state.keys.size).toBe(5)
    expect(state.apply(put(1))).toEqual(full('bytes', 1))
    expect(
      state.apply(transaction({ type: 'range', range: { from: name(1), before: null } })),
    ).toHaveProperty('result')
  })
})

it('a change of which the answer would be too long is refused, as a whole', () => {
  const state = new StoreState()
  const value = new Uint8Array(1024 * 1024)
  for (let n = 1; n <= 20; n++) state.apply({ type: 'put', key: Uint8Array.of(n), value, lease: 0 })
  const all = { from: Uint8Array.of(0), before: null }
  const get = { type: 'range', range: all } as const
  const put = { type: 'put', key, value: key, lease: 0, returnPrevious: true } as const
  const transaction = (...success: readonly Operation[]) =>
    state.apply({ type: 'transaction', when: [], success, failure: [] })
  const refused = { failure: { reason: 'too-long', limit: 32 * 1024 * 1024 } }
  expect(transaction(put, get, get)).toEqual(refused)
  expect(transaction({ type: 'delete', range: all, returnPrevious: true }, get)).toEqual(refused)
  expect(state.keys.revision).toBe(21)
  expect(transaction(get)).toHaveProperty('result')
  expect(transaction(get, { ...get, keysOnly: true }, { ...get, countOnly: true })).toHaveProperty('result')
  expect(transaction(put, get, { ...get, limit: 10 })).toHaveProperty('result')
  expect(transaction(get, { ...get, limit: 10, sort: { by: 'value', order: 'ascending' } })).toEqual(refused)
  for (let n = 1; n <= 20; n++) state.apply({ type: 'put', key: Uint8Array.of(20 + n), value, lease: 0 })
  expect(state.apply({ type: 'delete', range: all, returnPrevious: true })).toEqual(refused)
  expect(state.apply({ type: 'delete', range: all })).toMatchObject({ result: { deleted: 40 } })
})

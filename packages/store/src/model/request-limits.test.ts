import fc from 'fast-check'
import { expect, it } from 'vitest'
import { request } from '../../test/arbitrary.ts'
import { decodeAnswer, encodeAnswer, encodeState } from '../codec/index.ts'
import { checkSubmitted } from './request-limits.ts'
import type { Change } from './requests.ts'
import { StoreState } from './store-state.ts'

function isSubmittable(one: typeof request extends fc.Arbitrary<infer Request> ? Request : never): boolean {
  try {
    checkSubmitted(one)
    return true
  } catch {
    return false
  }
}

it('whatever a client may submit can be applied, answered and kept in a snapshot', () => {
  let applied = 0
  fc.assert(
    fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
      const state = new StoreState()
      for (const one of requests) {
        if (!isSubmittable(one)) continue
        const answer = one.type === 'range' ? state.range(one) : state.apply(one as Change)
        decodeAnswer(encodeAnswer(answer))
        applied++
      }
      for (const piece of encodeState(state.view())) expect(piece.length).toBeGreaterThan(0)
    }),
    { numRuns: 300 },
  )
  expect(applied).toBeGreaterThan(1000)
})

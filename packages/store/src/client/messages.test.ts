import { DecodeError } from '@oarlock/runtime'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { request as storeRequest } from '../../test/arbitrary.ts'
import type { RangeRequest } from '../model/requests.ts'
import {
  type ClientRequest,
  decodeClientAnswer,
  decodeClientRequest,
  decodeLeases,
  decodeOptional,
  decodeOutcome,
  decodeTaken,
  encodeClientAnswer,
  encodeClientRequest,
  encodeLeases,
  encodeOptional,
  encodeOutcome,
  encodeTaken,
  type TakenAnswer,
} from './messages.ts'

const bytes = fc.uint8Array({ maxLength: 12 })
const number = fc.oneof(fc.nat(), fc.maxSafeNat())
const range = fc.record({ from: bytes, before: fc.option(bytes) })
const reading = storeRequest.filter((one): one is RangeRequest => one.type === 'range')

const request: fc.Arbitrary<ClientRequest> = fc.oneof(
  fc.record({ type: fc.constantFrom('open', 'command', 'close'), bytes }),
  fc.record({
    type: fc.constant('range'),
    consistency: fc.oneof(
      fc.constantFrom('linearizable' as const, 'lease' as const, 'local' as const),
      fc.record({ atLeast: number }),
    ),
    request: reading,
  }),
  fc.record({ type: fc.constant('leases'), owner: fc.option(number) }),
  fc.record({ type: fc.constant('renew'), owner: number }),
  fc.record({
    type: fc.constant('take'),
    watch: fc.record(
      {
        range,
        from: number,
        previous: fc.boolean(),
        only: fc.constantFrom('put' as const, 'delete' as const),
      },
      { requiredKeys: ['range', 'from', 'previous'] },
    ),
  }),
  fc.record({ type: fc.constant('cancel'), other: number }),
)

const item = fc.record({
  key: bytes,
  value: bytes,
  createRevision: number,
  modRevision: number,
  version: number,
  lease: number,
})
const batch = fc.record({
  revision: number,
  events: fc.array(
    fc.record({ type: fc.constantFrom('put' as const, 'delete' as const), item, previous: fc.option(item) }),
    { maxLength: 3 },
  ),
})
const taken: fc.Arbitrary<TakenAnswer> = fc.record({
  seen: number,
  taken: fc.oneof(
    fc.constant(null),
    fc.array(batch, { maxLength: 3 }),
    fc.record({ failure: fc.record({ reason: fc.constant('compacted' as const), compacted: number }) }),
  ),
})

describe('what a client and a member say', () => {
  it('is the same after it was bytes', () => {
    fc.assert(
      fc.property(number, request, (at, one) => {
        expect(decodeClientRequest(encodeClientRequest(at, one))).toEqual({ number: at, request: one })
      }),
    )
    const outcome = fc.constantFrom('not-applied' as const, 'unknown' as const, 'not-a-write' as const)
    const answer = fc.oneof(
      fc.record({ result: bytes }),
      fc.record({
        error: fc.record({
          code: fc.string(),
          outcome,
          message: fc.string(),
          leader: fc.option(fc.string()),
        }),
      }),
    )
    fc.assert(
      fc.property(number, answer, (at, one) => {
        expect(decodeClientAnswer(encodeClientAnswer(at, one))).toEqual({ number: at, answer: one })
      }),
    )
    fc.assert(
      fc.property(taken, (one) => {
        expect(decodeTaken(encodeTaken(one))).toEqual(one)
      }),
    )
  })

  it('has the results of sessions, leases and renewals', () => {
    for (const one of [null, 0, 7]) expect(decodeOptional(encodeOptional(one))).toBe(one)
    for (const repeated of [true, false])
      for (const answer of [Uint8Array.of(1, 2), 'nothing', 'invalid', 'dropped'] as const)
        expect(decodeOutcome(encodeOutcome({ answer, repeated }))).toEqual({ answer, repeated })
    for (const refused of ['expired', 'acknowledged', 'too-many'] as const)
      expect(decodeOutcome(encodeOutcome({ refused }))).toEqual({ refused })
    const leases = [{ id: 1, ttl: 50, owner: 9 }]
    expect(decodeLeases(encodeLeases(leases))).toEqual(leases)
  })

  it('is refused, or is something else, when its bytes are cut short, changed or made up', () => {
    const some = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(request, fc.nat(), fc.nat({ max: 255 })).map(([one, at, value]) => {
        const changed = encodeClientRequest(1, one)
        changed[at % changed.length] = value
        return changed
      }),
      fc.tuple(request, fc.nat()).map(([one, at]) => {
        const whole = encodeClientRequest(1, one)
        return whole.slice(0, at % whole.length)
      }),
    )
    const decoders = [
      decodeClientRequest,
      decodeClientAnswer,
      decodeTaken,
      decodeOutcome,
      decodeLeases,
      decodeOptional,
    ]
    fc.assert(
      fc.property(some, fc.constantFrom(...decoders), (made, decode) => {
        try {
          decode(made)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

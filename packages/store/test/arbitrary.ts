// Random requests, for tests.
import fc from 'fast-check'
import type { Change, Compare, LimitRequest, Operation, RangeRequest } from '../src/model/requests.ts'
import type { KeyRange } from '../src/model/sorted-map.ts'

const bytes = fc.uint8Array({ maxLength: 6 })
const number = fc.oneof(fc.nat(), fc.maxSafeNat())
const range: fc.Arbitrary<KeyRange> = fc.record({ from: bytes, before: fc.option(bytes) })

const rangeRequest: fc.Arbitrary<RangeRequest> = fc.record(
  {
    type: fc.constant('range' as const),
    range,
    revision: number.filter((n) => n > 0),
    limit: number.filter((n) => n > 0),
    sort: fc.record({
      by: fc.constantFrom('key', 'version', 'create', 'mod', 'value'),
      order: fc.constantFrom('ascending', 'descending'),
    }),
    keysOnly: fc.constant(true),
    countOnly: fc.constant(true),
  },
  { requiredKeys: ['type', 'range'] },
)

const put = fc.record({
  type: fc.constant('put' as const),
  key: bytes,
  value: fc.option(bytes),
  lease: fc.option(number),
  returnPrevious: fc.boolean(),
})

const deletion = fc.record({ type: fc.constant('delete' as const), range, returnPrevious: fc.boolean() })

const operator = fc.constantFrom<Compare['operator']>('=', '!=', '<', '>')
const compare: fc.Arbitrary<Compare> = fc.oneof(
  fc.record({
    range,
    operator,
    target: fc.constantFrom<'version' | 'create' | 'mod' | 'lease'>('version', 'create', 'mod', 'lease'),
    number,
  }),
  fc.record({ range, operator, target: fc.constant('value' as const), value: bytes }),
)

const { operation } = fc.letrec<{ operation: Operation }>((tie) => ({
  operation: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    rangeRequest,
    put,
    deletion,
    fc.record({
      type: fc.constant('transaction' as const),
      when: fc.array(compare, { maxLength: 2 }),
      success: fc.array(tie('operation'), { maxLength: 3 }),
      failure: fc.array(tie('operation'), { maxLength: 2 }),
    }),
  ),
}))

const limit = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constant(Number.POSITIVE_INFINITY))

const change: fc.Arbitrary<Change | RangeRequest> = fc.oneof(
  { weight: 4, arbitrary: operation },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('compact' as const), revision: number }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('grant' as const), id: number, ttl: number, owner: number }),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      { type: fc.constant('revoke' as const), ids: fc.array(number, { maxLength: 3 }), term: number },
      { requiredKeys: ['type', 'ids'] },
    ),
  },
)

export const request: fc.Arbitrary<Change | LimitRequest | RangeRequest> = fc.oneof(
  { weight: 9, arbitrary: change },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('limit' as const),
      limits: fc.record({ keys: limit, bytes: limit, leases: limit }),
    }),
  },
)

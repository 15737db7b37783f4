import { MemberClosedError, NoLeaderError, OarlockError, ReconfigureError } from '@oarlock/runtime'
import { describe, expect, it } from 'vitest'
import { copyOf, errorFrom } from './error-copy.ts'

/** As it comes out in another thread. */
const sent = (error: unknown): Error => errorFrom(structuredClone(copyOf(error)))

describe('an error that was copied to another thread', () => {
  it('is of its class, and has its fields, its stack and its cause', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const error = new MemberClosedError('the member is closed', 'unknown', { leader: 'b', cause })
    const copy = sent(error)
    expect(copy).toBeInstanceOf(MemberClosedError)
    expect(copy).toBeInstanceOf(OarlockError)
    expect(copy).not.toBeInstanceOf(NoLeaderError)
    expect(copy).toMatchObject({
      name: 'MemberClosedError',
      message: 'the member is closed',
      code: 'OARLOCK_MEMBER_CLOSED',
      outcome: 'unknown',
      leader: 'b',
      stack: error.stack,
      cause: { message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
    })
  })

  it('keeps the fields of its class', () => {
    const error = new ReconfigureError("'x' is no member", 'unknown-member', 'not-applied')
    expect(sent(error)).toMatchObject({ reason: 'unknown-member' })
  })

  it.each([
    ['one that is not ours', new TypeError('a bug'), { name: 'TypeError', message: 'a bug' }],
    ['what is no error', 'a text', { message: 'a text' }],
    ['fields that cannot be copied', Object.assign(new Error('x'), { by: () => 1 }), { by: '() => 1' }],
    ['a cause that is no error', new Error('x', { cause: [1] }), { cause: [1] }],
  ])('%s', (_, error, expected) => expect(sent(error)).toMatchObject(expected))
})

import { describe, expect, it } from 'vitest'
import { Calls } from './calls.ts'
import { decodeClientRequest, encodeClientAnswer, encodeTaken } from './messages.ts'
import { SharedTakes, type TakeRequest } from './shared-takes.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const watch = (from: number, more: Partial<TakeRequest> = {}): TakeRequest => ({
  range: { from: bytes('a/'), before: bytes('a0') },
  from,
  ...more,
})

function setUp() {
  const clock = { now: () => 0, at: () => () => {} }
  const calls = new Calls({ clock, timeout: 1000, elsewhere: () => {} })
  const takes = new SharedTakes(calls)
  const sent: string[] = []
  calls.connected((message) => {
    const { number, request } = decodeClientRequest(message)
    sent.push(`${number} ${request.type}${request.type === 'cancel' ? ` ${request.other}` : ''}`)
  })
  const told: string[] = []
  const take = (name: string, request: TakeRequest) =>
    takes.take(request, (answer, failure) => told.push(`${name} ${failure?.why ?? answer!.seen}`))
  const answer = (number: number, seen: number) =>
    calls.received(encodeClientAnswer(number, { result: encodeTaken({ seen, taken: null }) }))
  return { calls, sent, told, take, answer }
}

describe('watches that want the same changes', () => {
  it('send one request and get one answer, and those that want others ask by themselves', () => {
    const { sent, told, take, answer } = setUp()
    take('one', watch(5))
    take('two', watch(5))
    take('later', watch(6))
    take('previous', watch(5, { previous: true }))
    take('puts', watch(5, { only: 'put' }))
    take('endless', watch(5, { range: { from: bytes('a/'), before: null } }))
    expect(sent).toEqual(['1 take', '2 take', '3 take', '4 take', '5 take'])
    answer(1, 7)
    expect(told).toEqual(['one 7', 'two 7'])
    take('again', watch(5))
    expect(sent).toHaveLength(6)
    answer(6, 9)
    expect(told.at(-1)).toBe('again 9')
  })

  it('end by themselves, and the last of them cancels the request', () => {
    const { sent, told, take, answer } = setUp()
    const one = take('one', watch(5))
    const two = take('two', watch(5))
    one.abort()
    one.abort()
    expect([sent, told]).toEqual([['1 take'], ['one aborted']])
    two.abort()
    expect([sent, told]).toEqual([
      ['1 take', '2 cancel 1'],
      ['one aborted', 'two aborted'],
    ])
    take('new', watch(5))
    answer(3, 8)
    expect(told.at(-1)).toBe('new 8')
  })

  it('end when the client is closed', () => {
    const { calls, told, take } = setUp()
    take('one', watch(5))
    calls.close()
    take('two', watch(5))
    expect(told).toEqual(['one closed', 'two closed'])
  })
})

import { type Envelope, index, term } from '@oarlock/core'
import { expect, it } from 'vitest'
import { FlowControl } from './flow-control.ts'

const append = (from: number, count: number): Envelope => ({
  from: 'a',
  to: 'b',
  message: {
    type: 'append',
    term: term(1),
    prev: { term: term(1), index: index(from - 1) },
    entries: Array.from({ length: count }, (_, at) => ({
      term: term(1),
      index: index(from + at),
      type: 'normal',
      data: new Uint8Array(1000),
    })),
    commit: index(0),
  },
})

const accepts = (upTo: number): Envelope['message'] => ({
  type: 'appendResponse',
  term: term(1),
  index: index(upTo),
  rejected: false,
  hint: { term: term(0), index: index(0) },
})

/** The windows that the core was given, in order. */
function newFlow(): { flow: FlowControl; windows: number[] } {
  const windows: number[] = []
  const core = { limitInflight: (_member: string, bytes: number) => windows.push(bytes) }
  return { flow: new FlowControl(core, { least: 500, queue: 100, most: 1e9 }), windows }
}

it('limits what is in flight from the first append of a term on, before any answer', () => {
  const { flow, windows } = newFlow()
  flow.sending([append(1, 1)], 0)
  expect(windows).toEqual([500])
})

it('measures no copies: a link is not faster because the same entries are sent again', () => {
  const { flow, windows } = newFlow()
  for (const now of [0, 100, 200]) flow.sending([append(1, 10)], now)
  flow.receiving('b', [accepts(10)], 1000)
  // 10 bytes a ms, for the round trip and the queue.
  expect(windows.at(-1)).toBe(10 * (1000 + 100))
})

it('measures again at once after it went back', () => {
  const { flow, windows } = newFlow()
  flow.sending([append(100, 1)], 0)
  flow.sending([append(50, 10)], 100)
  flow.receiving('b', [accepts(59)], 1100)
  expect(windows.at(-1)).toBe(10 * (1000 + 100))
})

import { expect, it } from 'vitest'
import { completeOptions, defaultOptions, type RaftqOptions } from './options.ts'

const persistAgent: RaftqOptions['persistAgent'] = { persist: async () => {}, restore: async () => null }
const refused = (options: unknown): string => {
  try {
    completeOptions(options as RaftqOptions)
    return 'accepted'
  } catch (error) {
    return (error as { code: string }).code
  }
}

it('has sensible defaults: 100, 200 and 800 ms', () => {
  expect(completeOptions({ persistAgent })).toMatchObject(defaultOptions)
  expect(defaultOptions).toMatchObject({ heartbeat: 100, minimumElectionTime: 200, maximumElectionTime: 800 })
})

it.each([
  ['nothing', undefined],
  ['no persist agent', {}],
  ['half a persist agent', { persistAgent: { persist() {} } }],
  ['a time that is NaN', { persistAgent, heartbeat: Number.NaN }],
  ['a time that is a string', { persistAgent, minimumElectionTime: '200' }],
  ['an infinite time', { persistAgent, maximumElectionTime: Number.POSITIVE_INFINITY }],
  ['a time of 0', { persistAgent, heartbeat: 0 }],
  ['a minimum above the maximum', { persistAgent, minimumElectionTime: 900 }],
  ['no room between minimum and maximum', { persistAgent, minimumElectionTime: 800 }],
  ['a heartbeat that is not well below the minimum', { persistAgent, heartbeat: 150 }],
  ['no members', { persistAgent, members: [] }],
  ['members that are not ids', { persistAgent, members: [{}] }],
])('refuses %s', (_, options) => expect(refused(options)).toBe('OARLOCK_INVALID_OPTIONS'))

it('says what was meant by a misspelt option, and ignores others, as raftq does', () => {
  const misspelt = { persistAgent, minimumElectionTim: 100 } as RaftqOptions
  expect(() => completeOptions(misspelt)).toThrow(
    'unknown option minimumElectionTim: did you mean minimumElectionTime?',
  )
  expect(refused({ persistAgent, colour: 'red' })).toBe('accepted')
})

it('says that a number is given as text', () =>
  expect(() => completeOptions({ persistAgent, heartbeat: '50' as never })).toThrow(/got string 50$/))

it('takes 1 and "1" for the same member', () =>
  expect(completeOptions({ persistAgent, members: [2, 1, '1'] }).members).toEqual(['1', '2']))

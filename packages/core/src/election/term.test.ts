import { expect, it } from 'vitest'
import { mustLearnLaterTerm } from './term.ts'

const plain = { checkQuorum: false, preVote: false }

it('a leader of an earlier term is told by a node that will not stand against it', () => {
  expect(mustLearnLaterTerm({ type: 'append' }, { ...plain, checkQuorum: true }, true)).toBe(true)
  expect(mustLearnLaterTerm({ type: 'heartbeat' }, { ...plain, preVote: true }, true)).toBe(true)
  expect(mustLearnLaterTerm({ type: 'heartbeat' }, plain, true)).toBe(false)
  expect(mustLearnLaterTerm({ type: 'heartbeat' }, plain, false)).toBe(true) // a learner
})

it('a candidate of an earlier term is told, by the answer to its pre-vote or its vote', () => {
  expect(mustLearnLaterTerm({ type: 'preVote' }, plain, true)).toBe(true)
  expect(mustLearnLaterTerm({ type: 'vote' }, plain, true)).toBe(true)
  expect(mustLearnLaterTerm({ type: 'vote' }, { ...plain, preVote: true }, true)).toBe(false)
})

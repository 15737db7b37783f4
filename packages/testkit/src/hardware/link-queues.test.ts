import { type Entry, index, type Message, term } from '@oarlock/core'
import { expect, test } from 'vitest'
import { LinkQueues } from './link-queues.ts'

const entry = (bytes: number): Entry => ({
  term: term(1),
  index: index(1),
  type: 'normal',
  data: new Uint8Array(bytes),
})
/** It takes as many bytes as its entry, and one. */
const append = (bytes: number): Message => ({
  type: 'append',
  term: term(1),
  prev: { term: term(0), index: index(0) },
  entries: [entry(bytes)],
  commit: index(0),
})
const answer: Message = { type: 'voteResponse', term: term(1), granted: true }

test('messages wait for those before them in their lane, and only there', () => {
  const queues = new LinkQueues(Float64Array.of(0.5, 0.5))
  expect(queues.add(0, append(9), 100)).toBe(20)
  expect(queues.add(0, append(9), 110)).toBe(30)
  expect(queues.add(0, answer, 110)).toBe(2)
  expect(queues.add(0, answer, 110)).toBe(4)
  expect(queues.add(1, append(9), 110)).toBe(20)
  expect(queues.backlog(110)).toBe(30)
  expect(queues.backlog(1000)).toBe(0)
  expect(queues.add(0, append(9), 1000)).toBe(20)
})

test('a link without a rate delays nothing, beside one that has one', () => {
  const queues = new LinkQueues(Float64Array.of(1, Number.POSITIVE_INFINITY))
  expect([queues.add(0, append(9), 0), queues.add(1, append(9), 0)]).toEqual([10, 0])
})

test('a limit holds for all links, until it is lifted', () => {
  const queues = new LinkQueues(Float64Array.of(5, Number.POSITIVE_INFINITY))
  queues.limit(2)
  expect([queues.add(0, append(9), 0), queues.add(1, append(9), 0)]).toEqual([5, 5])
  queues.limit(Number.POSITIVE_INFINITY)
  expect([queues.add(0, append(9), 5), queues.add(1, append(9), 5)]).toEqual([2, 0])
})

test('what waited when a limit was lifted still does', () => {
  const queues = new LinkQueues(Float64Array.of(Number.POSITIVE_INFINITY))
  queues.limit(2)
  queues.add(0, append(9), 0)
  queues.limit(Number.POSITIVE_INFINITY)
  expect(queues.backlog(1)).toBe(4)
})

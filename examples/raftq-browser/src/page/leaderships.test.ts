import { expect, it } from 'vitest'
import { Leaderships, overlaps } from './leaderships.ts'

it('a leadership lasts from the first to the last moment at which the node was seen to lead, in each term', () => {
  const leaderships = new Leaderships()
  for (const at of [10, 20, 30]) leaderships.seen('a', 1, at)
  leaderships.seen('a', 3, 90)
  leaderships.hear({ id: 'b', term: 2, from: 40, until: 60 })
  expect(leaderships.all).toEqual([
    { id: 'a', term: 1, from: 10, until: 30 },
    { id: 'b', term: 2, from: 40, until: 60 },
    { id: 'a', term: 3, from: 90, until: 90 },
  ])
  expect(overlaps(leaderships.all)).toEqual([])
})

it.each([
  [10, 20],
  [25, 35],
  [20, 30],
  [0, 100],
])('two nodes that led at the same time are found (%d to %d)', (from, until) => {
  const [first, second] = [
    { id: 'a', term: 1, from: 20, until: 30 },
    { id: 'b', term: 2, from, until },
  ]
  expect(overlaps([first, second])).toEqual([[first, second]])
})

it('the oldest leaderships are dropped', () => {
  const leaderships = new Leaderships()
  for (let term = 1; term <= 500; term++) leaderships.seen('a', term, term)
  expect(leaderships.all).toHaveLength(200)
  expect(leaderships.all.at(-1)?.term).toBe(500)
})

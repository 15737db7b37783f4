import { expect, it } from 'vitest'
import { overlaps, Reigns } from './reigns.ts'

it('a reign reaches from the first to the last moment at which the node was seen to lead, in each term', () => {
  const reigns = new Reigns()
  for (const at of [10, 20, 30]) reigns.seen('a', 1, at)
  reigns.seen('a', 3, 90)
  reigns.hear({ id: 'b', term: 2, from: 40, until: 60 })
  expect(reigns.all).toEqual([
    { id: 'a', term: 1, from: 10, until: 30 },
    { id: 'b', term: 2, from: 40, until: 60 },
    { id: 'a', term: 3, from: 90, until: 90 },
  ])
  expect(overlaps(reigns.all)).toEqual([])
})

it.each([
  [10, 20],
  [25, 35],
  [20, 30],
  [0, 100],
])('two that led at one moment are seen (%d to %d)', (from, until) => {
  const [first, second] = [
    { id: 'a', term: 1, from: 20, until: 30 },
    { id: 'b', term: 2, from, until },
  ]
  expect(overlaps([first, second])).toEqual([[first, second]])
})

it('the oldest are forgotten', () => {
  const reigns = new Reigns()
  for (let term = 1; term <= 500; term++) reigns.seen('a', term, term)
  expect(reigns.all).toHaveLength(200)
  expect(reigns.all.at(-1)?.term).toBe(500)
})

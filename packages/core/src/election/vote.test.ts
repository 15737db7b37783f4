import { describe, expect, it } from 'vitest'
import { staticVoters } from '../membership/configuration.ts'
import { index, term } from '../types.ts'
import { candidateLogIsUpToDate, electionResult, mayGrantVote, retainedVote } from './vote.ts'

const place = (t: number, i: number) => ({ term: term(t), index: index(i) })

describe('candidateLogIsUpToDate (§5.4.1)', () => {
  it('prefers the later last term, whatever the length', () => {
    expect(candidateLogIsUpToDate(place(3, 1), place(2, 9))).toBe(true)
    expect(candidateLogIsUpToDate(place(2, 9), place(3, 1))).toBe(false)
  })

  it('with equal terms takes the log that is at least as long', () => {
    expect(candidateLogIsUpToDate(place(2, 5), place(2, 5))).toBe(true)
    expect(candidateLogIsUpToDate(place(2, 4), place(2, 5))).toBe(false)
  })
})

describe('mayGrantVote (§5.2)', () => {
  const own = { term: term(4), vote: 'a', leader: null }

  it('repeats a vote for the same candidate and grants no second one', () => {
    expect(mayGrantVote({ from: 'a', term: term(4), preVote: false }, own)).toBe(true)
    expect(mayGrantVote({ from: 'b', term: term(4), preVote: false }, own)).toBe(false)
  })

  it('grants none in a term whose leader it knows', () => {
    expect(
      mayGrantVote({ from: 'b', term: term(4), preVote: false }, { ...own, vote: null, leader: 'c' }),
    ).toBe(false)
  })

  it('pre-votes for a later term bind nobody', () => {
    expect(mayGrantVote({ from: 'b', term: term(5), preVote: true }, own)).toBe(true)
    expect(mayGrantVote({ from: 'b', term: term(4), preVote: true }, own)).toBe(false)
  })
})

it('retainedVote forgets the vote with its term and never before', () => {
  expect(retainedVote('a', term(3), term(3))).toBe('a')
  expect(retainedVote('a', term(3), term(4))).toBe(null)
})

describe('electionResult (§5.2)', () => {
  const result = (voters: number, received: readonly [string, boolean][]) =>
    electionResult(
      received.map(([from, granted]) => ({ from, granted })),
      staticVoters(['a', 'b', 'c', 'd', 'e'].slice(0, voters)),
    )

  it('counts a voter once, however often its answer arrives', () => {
    expect(
      result(5, [
        ['a', true],
        ['b', true],
        ['b', true],
        ['b', true],
      ]),
    ).toBe('pending')
    expect(
      result(5, [
        ['a', true],
        ['b', true],
        ['c', true],
      ]),
    ).toBe('won')
  })

  it('counts only voters', () => {
    expect(
      result(3, [
        ['a', true],
        ['x', true],
      ]),
    ).toBe('pending')
  })

  it('needs three of four', () => {
    expect(
      result(4, [
        ['a', true],
        ['b', true],
      ]),
    ).toBe('pending')
    expect(
      result(4, [
        ['a', true],
        ['b', false],
        ['c', false],
      ]),
    ).toBe('lost')
  })
})

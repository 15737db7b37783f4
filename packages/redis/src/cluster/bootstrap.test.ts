import { describe, expect, it } from 'vitest'
import { nextStep, type Situation } from './bootstrap.ts'
import type { ClusterRecord } from './registry.ts'

const own: ClusterRecord = { id: 'own', generation: 5, founders: ['me'], over: false }
const other: ClusterRecord = { id: 'other', generation: 6, founders: ['a'], over: false }

/** A newcomer that has listened long enough, at an empty Redis. */
const newcomer: Situation = {
  self: 'me',
  record: null,
  alive: false,
  time: 1,
  own: null,
  isMember: false,
  electorate: null,
  left: new Set(),
  leaderlessFor: 200,
  present: ['me'],
  expected: null,
  listenFor: 200,
  generationTimeout: 2000,
}
/** A member of the cluster that the record names, without a leader. */
const member: Situation = {
  ...newcomer,
  own,
  isMember: true,
  record: own,
  alive: true,
  left: new Set(['own']),
}

const wait = { type: 'wait' }
const claim = (...founders: string[]) => ({ type: 'claim', founders, ifVotersAreGone: false })

describe('an instance without a leader', () => {
  it('founds a cluster where there is none, when it has listened', () => {
    expect(nextStep({ ...newcomer, leaderlessFor: 199 })).toEqual(wait)
    expect(nextStep(newcomer)).toEqual(claim('me'))
  })

  it('waits until as many are there as found it together, and leaves it to others if it is none of them', () => {
    const three = { ...newcomer, expected: 3 }
    expect(nextStep({ ...three, present: ['me', 'a'] })).toEqual(wait)
    expect(nextStep({ ...three, present: ['me', 'z', 'a'] })).toEqual(claim('a', 'me', 'z'))
    expect(nextStep({ ...three, present: ['me', 'c', 'b', 'a'] })).toEqual(wait)
  })

  it('joins the cluster that there is, alive or not, at once', () => {
    expect(nextStep({ ...newcomer, record: other, alive: true, leaderlessFor: 0 })).toEqual({
      type: 'join',
      cluster: other,
    })
    expect(nextStep({ ...newcomer, record: other, leaderlessFor: 0 })).toEqual({
      type: 'join',
      cluster: other,
    })
    expect(nextStep({ ...member, record: other, alive: true })).toEqual({ type: 'join', cluster: other })
  })

  it('founds the next one at once where the last has ended', () => {
    expect(nextStep({ ...newcomer, record: { ...other, over: true } })).toEqual(claim('me'))
  })

  it('asks whether the voters of its own cluster are gone, and waits where another lives', () => {
    expect(nextStep(member)).toEqual({ type: 'claim', founders: ['me'], ifVotersAreGone: true })
    expect(nextStep({ ...member, isMember: false })).toEqual(wait)
    expect(nextStep({ ...member, record: other, left: new Set(['own', 'other']) })).toEqual(wait)
  })

  it('founds the next one when nobody has led its own for long', () => {
    const lapsed = { ...member, alive: false }
    expect(nextStep({ ...lapsed, leaderlessFor: 1999 })).toEqual(wait)
    expect(nextStep({ ...lapsed, leaderlessFor: 2000 })).toEqual(claim('me'))
  })

  it('gives its own cluster time to come back after a flush', () => {
    expect(nextStep({ ...member, record: null, alive: false })).toEqual(wait)
    expect(nextStep({ ...member, record: null, alive: false, leaderlessFor: 2000 })).toEqual(claim('me'))
  })

  it('never goes back to a cluster that it has left', () => {
    const back = { ...member, own: other, record: own, left: new Set(['own', 'other']) }
    expect(nextStep(back)).toEqual(wait)
    expect(nextStep({ ...back, alive: false, leaderlessFor: 2000 })).toEqual(claim('me'))
  })
})

describe('a leader whose cluster is over', () => {
  it('founds the next one with those whom it leads', () => {
    const leader = { ...member, electorate: ['a', 'me'], alive: false, leaderlessFor: 0 }
    expect(nextStep(leader)).toEqual(claim('a', 'me'))
    expect(nextStep({ ...leader, record: null })).toEqual(claim('a', 'me'))
    expect(nextStep({ ...leader, alive: true })).toEqual(wait)
    expect(nextStep({ ...leader, record: other })).toEqual({ type: 'join', cluster: other })
  })
})

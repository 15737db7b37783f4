import { describe, expect, it } from 'vitest'
import { nextStep, type Situation } from './bootstrap.ts'
import type { ClusterRecord } from './registry.ts'

const own: ClusterRecord = { id: 'own', generation: 5, founders: ['me'], over: false }
const other: ClusterRecord = { id: 'other', generation: 6, founders: ['a'], over: false }

/** A newcomer that has listened for long enough. The registry is empty. */
const newcomer: Situation = {
  self: 'me',
  record: null,
  alive: false,
  time: 1,
  own: null,
  isMember: false,
  followers: null,
  past: new Set(),
  leaderlessFor: 200,
  present: ['me'],
  expected: null,
  listenFor: 200,
  generationTimeout: 2000,
}
/** A member of the registered cluster, without a leader. */
const member: Situation = {
  ...newcomer,
  own,
  isMember: true,
  record: own,
  alive: true,
  past: new Set(['own']),
}

const wait = { type: 'wait' }
const claim = (...founders: string[]) => ({ type: 'claim', founders, onlyIfVotersAreGone: false })

describe('an instance without a leader', () => {
  it('claims a cluster after listening, if there is none', () => {
    expect(nextStep({ ...newcomer, leaderlessFor: 199 })).toEqual(wait)
    expect(nextStep(newcomer)).toEqual(claim('me'))
  })

  it('waits for the expected number of founders, and leaves the claim to them if it is not one of them', () => {
    const three = { ...newcomer, expected: 3 }
    expect(nextStep({ ...three, present: ['me', 'a'] })).toEqual(wait)
    expect(nextStep({ ...three, present: ['me', 'z', 'a'] })).toEqual(claim('a', 'me', 'z'))
    expect(nextStep({ ...three, present: ['me', 'c', 'b', 'a'] })).toEqual(wait)
  })

  it('joins the registered cluster at once, whether it is alive or not', () => {
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

  it('claims the next cluster at once if the last one is over', () => {
    expect(nextStep({ ...newcomer, record: { ...other, over: true } })).toEqual(claim('me'))
  })

  it('claims if the voters of its own cluster are gone, but waits while another cluster is alive', () => {
    expect(nextStep(member)).toEqual({ type: 'claim', founders: ['me'], onlyIfVotersAreGone: true })
    expect(nextStep({ ...member, isMember: false })).toEqual(wait)
    expect(nextStep({ ...member, record: other, past: new Set(['own', 'other']) })).toEqual(wait)
  })

  it('claims the next cluster when its own has had no leader for generationTimeout', () => {
    const lapsed = { ...member, alive: false }
    expect(nextStep({ ...lapsed, leaderlessFor: 1999 })).toEqual(wait)
    expect(nextStep({ ...lapsed, leaderlessFor: 2000 })).toEqual(claim('me'))
  })

  it('gives its own cluster time to recover after a flush', () => {
    expect(nextStep({ ...member, record: null, alive: false })).toEqual(wait)
    expect(nextStep({ ...member, record: null, alive: false, leaderlessFor: 2000 })).toEqual(claim('me'))
  })

  it('never returns to a cluster that it has left', () => {
    const back = { ...member, own: other, record: own, past: new Set(['own', 'other']) }
    expect(nextStep(back)).toEqual(wait)
    expect(nextStep({ ...back, alive: false, leaderlessFor: 2000 })).toEqual(claim('me'))
  })
})

describe('a leader whose cluster is over', () => {
  it('claims the next cluster with its followers', () => {
    const leader = { ...member, followers: ['a', 'me'], alive: false, leaderlessFor: 0 }
    expect(nextStep(leader)).toEqual(claim('a', 'me'))
    expect(nextStep({ ...leader, record: null })).toEqual(claim('a', 'me'))
    expect(nextStep({ ...leader, alive: true })).toEqual(wait)
    expect(nextStep({ ...leader, record: other })).toEqual({ type: 'join', cluster: other })
  })
})

import { describe, expect, it } from 'vitest'
import { nextStep, type Situation, type WaitReason } from './bootstrap.ts'
import type { ClusterRecord } from './registry.ts'

const own: ClusterRecord = { id: 'own', generation: 5, founders: ['me'], over: false }
const other: ClusterRecord = { id: 'other', generation: 6, founders: ['a'], over: false }

/** A newcomer that has listened for long enough. The registry is empty. */
const newcomer: Situation = {
  self: 'me',
  record: null,
  unreadable: null,
  alive: false,
  version: '',
  lease: 0,
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
  ownTimeout: 2000,
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

const wait = (because: WaitReason) => ({ type: 'wait', because })
const claim = (...founders: string[]) => ({ type: 'claim', founders, onlyIfVotersAreGone: false })

describe('an instance without a leader', () => {
  it('claims a cluster after listening, if there is none', () => {
    expect(nextStep({ ...newcomer, leaderlessFor: 199 })).toEqual(wait('listening'))
    expect(nextStep(newcomer)).toEqual(claim('me'))
  })

  it('waits for the expected number of founders, and leaves the claim to them if it is not one of them', () => {
    const three = { ...newcomer, expected: 3 }
    expect(nextStep({ ...three, present: ['me', 'a'] })).toEqual(wait('founders'))
    expect(nextStep({ ...three, present: ['me', 'z', 'a'] })).toEqual(claim('a', 'me', 'z'))
    expect(nextStep({ ...three, present: ['me', 'c', 'b', 'a'] })).toEqual(wait('founders'))
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
    expect(nextStep({ ...member, isMember: false })).toEqual(wait('alive'))
    expect(nextStep({ ...member, record: other, past: new Set(['own', 'other']) })).toEqual(wait('alive'))
  })

  it('claims the next cluster when its own has had no leader for generationTimeout', () => {
    const lapsed = { ...member, alive: false }
    expect(nextStep({ ...lapsed, leaderlessFor: 1999 })).toEqual(wait('listening'))
    expect(nextStep({ ...lapsed, leaderlessFor: 2000 })).toEqual(claim('me'))
  })

  it('gives its own cluster time to recover after a flush', () => {
    expect(nextStep({ ...member, record: null, alive: false })).toEqual(wait('listening'))
    expect(nextStep({ ...member, record: null, alive: false, leaderlessFor: 2000 })).toEqual(claim('me'))
  })

  it('never returns to a cluster that it has left', () => {
    const back = { ...member, own: other, record: own, past: new Set(['own', 'other']) }
    expect(nextStep(back)).toEqual(wait('alive'))
    expect(nextStep({ ...back, alive: false, leaderlessFor: 2000 })).toEqual(claim('me'))
  })
})

describe('a record that cannot be read', () => {
  const unreadable = { problem: 'is signed with another secret', over: false }
  const stranger: Situation = { ...newcomer, unreadable, alive: true, leaderlessFor: 10_000 }

  it('is left alone while its cluster is alive', () => {
    expect(nextStep(stranger)).toEqual(wait('unreadable'))
    expect(nextStep({ ...stranger, own, isMember: true })).toEqual(wait('unreadable'))
    expect(nextStep({ ...stranger, own, isMember: true, followers: ['me'] })).toEqual(wait('unreadable'))
  })

  it('is replaced after generationTimeout without a leader, by one instance if need be', () => {
    const lapsed = { ...stranger, alive: false, expected: 3 }
    expect(nextStep({ ...lapsed, leaderlessFor: 1999 })).toEqual(wait('unreadable'))
    expect(nextStep({ ...lapsed, leaderlessFor: 2000 })).toEqual(claim('me'))
  })

  it('is replaced at once if the last member has left, and by a leader with its followers', () => {
    const over = { ...stranger, unreadable: { ...unreadable, over: true }, alive: false, leaderlessFor: 200 }
    expect(nextStep(over)).toEqual(claim('me'))
    const leader = {
      ...stranger,
      alive: false,
      own,
      isMember: true,
      followers: ['me', 'z'],
      leaderlessFor: 0,
    }
    expect(nextStep(leader)).toEqual(claim('me', 'z'))
  })
})

describe('a leader whose cluster is over', () => {
  it('claims the next cluster with its followers', () => {
    const leader = { ...member, followers: ['a', 'me'], alive: false, leaderlessFor: 0 }
    expect(nextStep(leader)).toEqual(claim('a', 'me'))
    expect(nextStep({ ...leader, record: null })).toEqual(claim('a', 'me'))
    expect(nextStep({ ...leader, alive: true })).toEqual(wait('leading'))
    expect(nextStep({ ...leader, record: other })).toEqual({ type: 'join', cluster: other })
  })
})

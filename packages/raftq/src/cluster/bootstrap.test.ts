import { describe, expect, it } from 'vitest'
import {
  type MergeDecision,
  mayBootstrap,
  mayBootstrapAsFounder,
  meet,
  type OwnCluster,
} from './bootstrap.ts'
import { Peers } from './peers.ts'

const now = 10_000
const times = { now, waitingSince: 0, wait: 1000, fresh: 1000 }

interface Heard {
  readonly ago?: number
  readonly waiting?: boolean
  readonly attestedAgo?: number
}
const peersOf = (heard: Readonly<Record<string, Heard>>) => {
  const peers = new Peers()
  for (const [id, { ago = 0, waiting = true, attestedAgo = Number.POSITIVE_INFINITY }] of Object.entries(
    heard,
  )) {
    const peer = peers.heard({ id }, 'life', now - ago)
    peer.waiting = waiting
    peer.attestedAt = now - attestedAgo
  }
  return peers.present
}

describe('founding alone', () => {
  it.each<[string, boolean, string, Record<string, Heard>, object]>([
    ['knows nobody', true, 'b', {}, {}],
    ['has not waited long enough', false, 'b', {}, { waitingSince: now - 999 }],
    ['hears a smaller one that waits, too', false, 'b', { a: {} }, {}],
    ['hears a greater one that waits, too', true, 'b', { c: {} }, {}],
    ['heard a smaller one long ago', true, 'b', { a: { ago: 1001 } }, {}],
    ['hears one that can take it in', false, 'b', { c: { waiting: false } }, {}],
    ['is 9 and hears 10: numbers by value', true, '9', { '10': {} }, {}],
    ['is 10 and hears 9', false, '10', { '9': {} }, {}],
    ['is a word and hears a number', false, 'a', { '9': {} }, {}],
  ])('who %s: %s', (_, may, own, heard, change) =>
    expect(mayBootstrap(own, peersOf(heard), { ...times, ...change })).toBe(may),
  )
})

describe('beginning under the name of a founder', () => {
  const members = ['a', 'b', 'c', 'd', 'e']
  const attest = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, { attestedAgo: 10 }]))
  const early = { waitingSince: now - 10 }
  it.each<[string, boolean, Record<string, Heard>, object]>([
    ['all others attest, at once', true, attest('b', 'c', 'd', 'e'), early],
    ['a majority does, but it has not waited', false, attest('b', 'c', 'd'), early],
    ['a majority does, itself included, after the wait', true, attest('b', 'c'), {}],
    ['fewer do', false, attest('b'), {}],
    ['others do, who are no members', false, attest('b', 'x', 'y', 'z'), {}],
    ['a majority did, long ago', false, { b: { attestedAgo: 10 }, c: { attestedAgo: 1001 } }, {}],
    ['all are heard, and attest nothing', false, { b: {}, c: {}, d: {}, e: {} }, {}],
  ])('%s: %s', (_, may, heard, change) =>
    expect(mayBootstrapAsFounder('a', members, peersOf(heard), { ...times, ...change })).toBe(may),
  )
  it('is for the only member at once', () =>
    expect(mayBootstrapAsFounder('a', ['a'], [], { ...times, ...early })).toBe(true))
})

describe('two clusters that meet', () => {
  const cluster = (id: string, is: Partial<OwnCluster> = {}): OwnCluster => ({
    id,
    founders: [],
    byMembers: false,
    acknowledged: false,
    begun: true,
    pristine: false,
    ...is,
  })
  const [acknowledged, byMembers] = [{ acknowledged: true }, { byMembers: true }]

  it.each<[string, MergeDecision, OwnCluster, OwnCluster]>([
    ['neither acknowledged anything: the greater id gives way', 'dissolve', cluster('2'), cluster('1')],
    ['neither acknowledged anything: the smaller id waits', 'wait', cluster('1'), cluster('2')],
    ['only the other one did', 'dissolve', cluster('1'), cluster('2', acknowledged)],
    ['only this one did', 'wait', cluster('2', acknowledged), cluster('1')],
    ['both did', 'conflict', cluster('1', acknowledged), cluster('2', acknowledged)],
    ['the other one is by members', 'dissolve', cluster('1'), cluster('2', byMembers)],
    ['this one is by members', 'wait', cluster('2', byMembers), cluster('1')],
    [
      'this one is by members, the other one did',
      'conflict',
      cluster('2', byMembers),
      cluster('1', acknowledged),
    ],
    ['both are by members', 'conflict', cluster('1', byMembers), cluster('2', byMembers)],
    [
      'both are by members, and this node has promised nothing in its own',
      'join',
      cluster('1', { ...byMembers, pristine: true }),
      cluster('2', byMembers),
    ],
    [
      'both are by members, and neither has begun',
      'conflict',
      cluster('1', { ...byMembers, pristine: true, begun: false }),
      cluster('2', { ...byMembers, begun: false }),
    ],
  ])('%s: %s', (_, meeting, own, other) => expect(meet(own, other, own.byMembers)).toBe(meeting))

  it.each<[string, MergeDecision, OwnCluster, boolean]>([
    ['any', 'join', cluster('1'), false],
    ['one by members that has not begun', 'join', cluster('1', { ...byMembers, begun: false }), false],
    ['one without members, as it was told of some', 'wait', cluster('1'), true],
    ['one without members that has acknowledged a value', 'conflict', cluster('1', acknowledged), true],
    ['one by members, as it was told of them', 'join', cluster('1', byMembers), true],
    [
      'one by members that has not begun, as it was told of them',
      'wait',
      cluster('1', { ...byMembers, begun: false }),
      true,
    ],
  ])('who takes part in none meets %s: %s', (_, meeting, other, withMembers) =>
    expect(meet(null, other, withMembers)).toBe(meeting),
  )

  it('never both give way, and never both wait', () => {
    const kinds = [{}, acknowledged, byMembers, { ...acknowledged, ...byMembers }]
    for (const one of kinds)
      for (const two of kinds) {
        const [a, b] = [cluster('1', one), cluster('2', two)]
        const both = [meet(a, b, false), meet(b, a, false)].toSorted().join(' and ')
        expect(['dissolve and wait', 'conflict and conflict']).toContain(both)
      }
  })
})

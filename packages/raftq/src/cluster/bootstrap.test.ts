import { describe, expect, it } from 'vitest'
import { mayBootstrapAlone, mayBootstrapAsFounder } from './bootstrap.ts'
import { Peers } from './peers.ts'

const now = 10_000
const times = { now, waited: now, wait: 1000, fresh: 1000 }

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

describe('bootstrapping alone', () => {
  it.each<[string, boolean, string, Record<string, Heard>, object]>([
    ['knows no peer', true, 'b', {}, {}],
    ['has not waited long enough', false, 'b', {}, { waited: 999 }],
    ['hears a smaller one that also waits', false, 'b', { a: {} }, {}],
    ['hears a greater one that also waits', true, 'b', { c: {} }, {}],
    ['heard a smaller one long ago', true, 'b', { a: { ago: 1001 } }, {}],
    ['hears one that can admit it', false, 'b', { c: { waiting: false } }, {}],
    ['is 9 and hears 10, since numbers compare by value', true, '9', { '10': {} }, {}],
    ['is 10 and hears 9', false, '10', { '9': {} }, {}],
    ['is a word and hears a number', false, 'a', { '9': {} }, {}],
  ])('a node that %s: %s', (_, may, own, heard, change) =>
    expect(mayBootstrapAlone(own, peersOf(heard), { ...times, ...change })).toBe(may),
  )
})

describe('bootstrapping as a founder', () => {
  const members = ['a', 'b', 'c', 'd', 'e']
  const attest = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, { attestedAgo: 10 }]))
  const early = { waited: 10 }
  it.each<[string, boolean, Record<string, Heard>, object]>([
    ['all others attest, at once', true, attest('b', 'c', 'd', 'e'), early],
    ['a majority does, but it has not waited', false, attest('b', 'c', 'd'), early],
    ['a majority does, with this node, after the wait', true, attest('b', 'c'), {}],
    ['fewer than a majority do', false, attest('b'), {}],
    ['others do that are not members', false, attest('b', 'x', 'y', 'z'), {}],
    ['a majority did, long ago', false, { b: { attestedAgo: 10 }, c: { attestedAgo: 1001 } }, {}],
    ['all are heard but do not attest', false, { b: {}, c: {}, d: {}, e: {} }, {}],
  ])('%s: %s', (_, may, heard, change) =>
    expect(mayBootstrapAsFounder(members, peersOf(heard), { ...times, ...change })).toBe(may),
  )
  it('is allowed at once to an only member', () =>
    expect(mayBootstrapAsFounder(['a'], [], { ...times, ...early })).toBe(true))
})

import { describe, expect, it, vi } from 'vitest'
import type { Refusal, RefusalReason } from '../identity/index.ts'
import { RefusedPeers } from './refused-peers.ts'

const refusal = (reason: RefusalReason, detail: string = reason): Refusal => ({ reason, detail })

function setUp() {
  const warn = vi.fn<(fields: object, message: string) => void>()
  const peers = new RefusedPeers({ id: 'a', members: () => ['a', 'b', 'c'], warn })
  const lines = () => warn.mock.calls.map(([, message]) => message)
  return { peers, lines }
}

describe('a refusal is logged', () => {
  it('once, by name, however often the peer tries again', () => {
    const { peers, lines } = setUp()
    for (let at = 0; at < 10_000_000; at += 5000) peers.refuse('b', refusal('other-founders'), at)
    expect(lines()).toEqual(['a refuses b: other-founders.'])
    peers.refuse('b', refusal('other-founders'), 10_600_000)
    expect(lines()).toHaveLength(2)
  })

  it('once by each side: what the peer says of the same disagreement is not logged as well', () => {
    const { peers, lines } = setUp()
    peers.refusedBy('b', refusal('unknown-member'), 0)
    peers.refuse('b', refusal('other-founders'), 1)
    peers.refusedBy('b', refusal('unknown-member'), 2)
    expect(lines()).toEqual(['b refuses a: unknown-member.'])
  })

  it('again when the reason changes, or when it comes back after the peer was accepted', () => {
    const { peers, lines } = setUp()
    peers.refuse('b', refusal('other-founders'), 0)
    peers.refuse('b', refusal('other-purpose'), 1)
    peers.accept('b')
    peers.refuse('b', refusal('other-purpose'), 2)
    expect(lines()).toHaveLength(3)
  })

  it('once for two processes of one name, of which one is accepted again and again', () => {
    const { peers, lines } = setUp()
    for (let at = 0; at < 100_000; at += 5000) {
      peers.accept('b')
      peers.refuse('b', refusal('older-copy'), at)
    }
    expect(lines()).toHaveLength(1)
  })

  it('for a few strangers only: they may have any name', () => {
    const { peers, lines } = setUp()
    for (let at = 0; at < 1000; at++) peers.refuse(`stranger-${at}`, refusal('unknown-member'), at)
    expect(lines()).toHaveLength(8)
    peers.refuse('b', refusal('other-founders'), 1000)
    expect(lines()).toHaveLength(9)
    expect(peers.at(1000)).toHaveLength(9)
  })
})

describe('a peer counts as refused', () => {
  it('until it is accepted, or has not tried again', () => {
    const { peers } = setUp()
    const names = (at: number) => peers.at(at).map(({ peer }) => peer)
    peers.refuse('b', refusal('other-founders'), 0)
    peers.refuse('c', refusal('other-founders'), 0)
    peers.accept('c')
    expect(names(19_999)).toEqual(['b'])
    expect(names(20_000)).toEqual([])
  })

  it('although the other process of its name is accepted', () => {
    const { peers } = setUp()
    peers.refuse('b', refusal('other-incarnation'), 0)
    peers.accept('b')
    expect(peers.at(1).map(({ peer }) => peer)).toEqual(['b'])
  })
})

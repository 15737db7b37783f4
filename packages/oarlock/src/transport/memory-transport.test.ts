import { link, numbered, numbersFrom, Station, to, transportConformance } from '@oarlock/testkit/conformance'
import { describe, expect, test } from 'vitest'
import { MemoryNetwork } from './memory-transport.ts'

transportConformance('MemoryNetwork', { describe, test }, async () => new MemoryNetwork())
transportConformance(
  'MemoryNetwork without codec',
  { describe, test },
  async () => new MemoryNetwork({ codec: false }),
)

describe('a network in memory', () => {
  async function pair(): Promise<{ network: MemoryNetwork; a: Station; b: Station }> {
    const network = new MemoryNetwork()
    const [a, b] = [new Station('a', network.transport('a')), new Station('b', network.transport('b'))]
    await Promise.all([a.open(), b.open()])
    await Promise.all([link(a, b), link(b, a)])
    return { network, a, b }
  }

  /** Sends in both directions. Resolves when everything has arrived. */
  async function exchange(a: Station, b: Station, n: number): Promise<void> {
    a.transport.send([to('b')(numbered(n))])
    b.transport.send([to('a')(numbered(n))])
    await new Promise(setImmediate)
    await new Promise(setImmediate)
  }

  test('delivers nothing over a cut, in either direction, until it is healed', async () => {
    const { network, a, b } = await pair()
    network.cut('a', 'b')
    await exchange(a, b, 1)
    network.heal()
    await exchange(a, b, 2)
    expect([numbersFrom(a, 'b'), numbersFrom(b, 'a')]).toEqual([[2], [2]])
    expect(a.lost).toEqual([])
  })

  test('can be cut in one direction, and healed in one', async () => {
    const { network, a, b } = await pair()
    network.cutOneWay('a', 'b')
    await exchange(a, b, 1)
    network.cutOneWay('b', 'a')
    network.healOneWay('a', 'b')
    await exchange(a, b, 2)
    network.heal('a', 'b')
    await exchange(a, b, 3)
    expect([numbersFrom(a, 'b'), numbersFrom(b, 'a')]).toEqual([
      [1, 3],
      [2, 3],
    ])
  })

  test('loses what is in flight when it is cut', async () => {
    const { network, a, b } = await pair()
    a.transport.send([to('b')(numbered(1))])
    network.cut('a', 'b')
    network.heal()
    await exchange(a, b, 2)
    expect(numbersFrom(b, 'a')).toEqual([2])
  })

  test('delivers copies, as a wire does', async () => {
    const { a, b } = await pair()
    const data = Uint8Array.of(1, 2, 3)
    a.transport.send([to('b')({ type: 'propose', request: null, entries: [{ type: 'normal', data }] })])
    data.fill(0)
    await b.until(() => b.batches.length > 0)
    expect(b.messagesFrom('a')).toEqual([
      { type: 'propose', request: null, entries: [{ type: 'normal', data: Uint8Array.of(1, 2, 3) }] },
    ])
  })
})

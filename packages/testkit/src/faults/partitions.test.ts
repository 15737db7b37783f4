import { describe, expect, test } from 'vitest'
import type { SimNode } from '../member/index.ts'
import { Random } from '../world/index.ts'
import { bridge, isolate, link, mute, oneWay, ring, type Severs, split } from './partitions.ts'

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7'].map((id) => ({ id }) as SimNode)

const hears = (severs: Severs, node: SimNode, among = nodes): SimNode[] =>
  among.filter((other) => other !== node && !severs(other, node))

const isMutual = (severs: Severs): boolean =>
  nodes.every((one) => nodes.every((other) => severs(one, other) === severs(other, one)))

describe('a partition', () => {
  test.each([4, 5, 7])('in a ring of %i leaves each member two neighbours, in one ring of all', (size) => {
    const members = nodes.slice(0, size)
    for (let seed = 1; seed <= 20; seed++) {
      const severs = ring(members, new Random(seed))
      expect(isMutual(severs)).toBe(true)
      const round = [members[0]!]
      for (;;) {
        const neighbours = hears(severs, round.at(-1)!, members)
        expect(neighbours).toHaveLength(2)
        const next = neighbours.find((node) => !round.includes(node))
        if (next === undefined) break
        round.push(next)
      }
      expect(round).toHaveLength(size)
    }
  })

  test('in a ring of three cuts nothing', () => {
    expect(nodes.some((node) => hears(ring(nodes.slice(0, 3), new Random(1)), node).length < 6)).toBe(false)
  })

  test('with a bridge has two parts of about equal size, which both reach the bridge node', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [over, ...banks] = nodes.slice(0, 5)
      const severs = bridge([over!, ...banks], over!, new Random(seed))
      expect(isMutual(severs)).toBe(true)
      expect(hears(severs, over!)).toHaveLength(6)
      for (const node of banks) expect(hears(severs, node, [over!, ...banks])).toHaveLength(2)
    }
  })

  test('into two parts cuts every link between them and none within a part', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const severs = split(nodes, new Random(seed))
      expect(isMutual(severs)).toBe(true)
      for (const node of nodes)
        for (const other of hears(severs, node))
          expect(new Set([other, ...hears(severs, other)])).toEqual(new Set([node, ...hears(severs, node)]))
    }
  })

  test('isolates one node in both directions, mutes one that still receives, or cuts the link of two', () => {
    const [one, two] = nodes as [SimNode, SimNode]
    expect(hears(isolate(one), one)).toHaveLength(0)
    expect(hears(isolate(one), two)).toHaveLength(5)
    expect(hears(mute(one), one)).toHaveLength(6)
    expect(hears(mute(one), two)).toHaveLength(5)
    expect(hears(link(one, two), one)).toEqual(nodes.slice(2))
    expect(hears(link(one, two), two)).toEqual(nodes.slice(2))
  })

  test('in one direction makes a node deaf, or others deaf to it', () => {
    const kinds = new Set<string>()
    for (let seed = 1; seed <= 40; seed++) {
      const [one] = nodes as [SimNode]
      const severs = oneWay(nodes, one, new Random(seed))
      const deaf = hears(severs, one).length === 0
      kinds.add(deaf ? 'deaf' : 'not heard')
      if (deaf) for (const other of nodes.slice(1)) expect(hears(severs, other)).toContain(one)
      else expect(hears(severs, one)).toHaveLength(6)
    }
    expect(kinds.size).toBe(2)
  })
})

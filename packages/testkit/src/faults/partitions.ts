// The shapes of network partitions. Each decides which directed links it cuts.
import type { SimNode } from '../member/index.ts'
import type { Random } from '../world/index.ts'

export type Severs = (from: SimNode, to: SimNode) => boolean

/** One node neither sends nor receives. */
export const isolate =
  (node: SimNode): Severs =>
  (from, to) =>
    from === node || to === node

/** One node receives but does not send. */
export const mute =
  (node: SimNode): Severs =>
  (from) =>
    from === node

/** Two nodes cannot reach each other. */
export const link =
  (one: SimNode, other: SimNode): Severs =>
  (from, to) =>
    (from === one && to === other) || (from === other && to === one)

/** The nodes are split into two parts. */
export function split(nodes: readonly SimNode[], dice: Random): Severs {
  const side = new Set(nodes.filter(() => dice.chance(0.5)))
  return (from, to) => side.has(from) !== side.has(to)
}

/**
 * Two parts, and one node that reaches both. Each part has a majority together with that node, and cannot
 * reach the other part.
 */
export function bridge(members: readonly SimNode[], over: SimNode, dice: Random): Severs {
  const banks = dice.shuffled(members.filter((node) => node !== over))
  const side = new Set(banks.slice(0, Math.ceil(banks.length / 2)))
  return (from, to) => from !== over && to !== over && side.has(from) !== side.has(to)
}

/** Every member reaches only its two neighbours. Non-members reach all nodes. */
export function ring(members: readonly SimNode[], dice: Random): Severs {
  const seats = new Map(dice.shuffled(members).map((node, seat) => [node, seat]))
  return (from, to) => {
    const one = seats.get(from)
    const other = seats.get(to)
    if (one === undefined || other === undefined) return false
    const apart = Math.abs(one - other)
    return apart > 1 && apart < seats.size - 1
  }
}

/** One node receives nothing, or some nodes receive nothing from it. */
export function oneWay(nodes: readonly SimNode[], node: SimNode, dice: Random): Severs {
  const lost = new Set(nodes.filter(() => dice.chance(0.5)))
  return dice.chance(0.5) ? (_from, to) => to === node : (from, to) => from === node && lost.has(to)
}

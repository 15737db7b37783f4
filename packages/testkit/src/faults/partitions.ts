// The shapes in which a network falls apart: which directed links each of them severs.
import type { SimNode } from '../member/index.ts'
import type { Random } from '../world/index.ts'

export type Severs = (from: SimNode, to: SimNode) => boolean

/** Nobody hears one node, and it hears nobody. */
export const isolate =
  (node: SimNode): Severs =>
  (from, to) =>
    from === node || to === node

/** A node hears, and is not heard. */
export const mute =
  (node: SimNode): Severs =>
  (from) =>
    from === node

export const link =
  (one: SimNode, other: SimNode): Severs =>
  (from, to) =>
    (from === one && to === other) || (from === other && to === one)

/** Two parts. */
export function split(nodes: readonly SimNode[], dice: Random): Severs {
  const side = new Set(nodes.filter(() => dice.chance(0.5)))
  return (from, to) => side.has(from) !== side.has(to)
}

/** Two parts, and one node that both can hear and talk to: a majority on either side of it, and neither knows of the other. */
export function bridge(members: readonly SimNode[], over: SimNode, dice: Random): Severs {
  const banks = dice.shuffled(members.filter((node) => node !== over))
  const side = new Set(banks.slice(0, Math.ceil(banks.length / 2)))
  return (from, to) => from !== over && to !== over && side.has(from) !== side.has(to)
}

/** Every member talks to its two neighbours only; who is no member is not in the ring, and hears all. */
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

/** A node that hears nobody, or some that do not hear it. */
export function oneWay(nodes: readonly SimNode[], node: SimNode, dice: Random): Severs {
  const lost = new Set(nodes.filter(() => dice.chance(0.5)))
  return dice.chance(0.5) ? (_from, to) => to === node : (from, to) => from === node && lost.has(to)
}

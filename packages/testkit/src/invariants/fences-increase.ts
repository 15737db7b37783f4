// FENCE: leaderships begin in the order of their fences, and a lost leadership never comes back, neither when
// its application looks again nor as a new one with the same fence (ARCHITECTURE.md, leases).
// Kills R7.
import type { Leadership } from '@oarlock/runtime'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation, type World } from '../world/index.ts'
import { holds } from './one-holder.ts'

interface Seen {
  readonly leadership: Leadership
  /** When it would end, by the holder's clock, as of the last step. */
  deadline: number
  ended: boolean
}

export class FencesIncrease implements Watcher {
  readonly #world: World
  /** Per node: the last leadership that began. */
  readonly #seen: (Seen | null)[] = []
  #last = 0

  constructor(world: World) {
    this.#world = world
  }

  started(node: SimNode): void {
    this.#seen[node.place] = null
  }

  began(node: SimNode, leadership: Leadership): void {
    const { fence, deadline } = leadership
    if (fence <= this.#last)
      throw new Violation(
        'FENCE',
        `${node.id} begins to hold fence ${fence} after fence ${this.#last} was held`,
      )
    this.#last = fence
    this.#seen[node.place] = { leadership, deadline, ended: false }
  }

  stepped(node: SimNode): void {
    const seen = this.#seen[node.place]
    if (seen === null || seen === undefined) return
    // It ended before anything happened here.
    if (node.clock.at(this.#world.now) >= seen.deadline) seen.ended = true
    const isHeld = node.leadership === seen.leadership && holds(node)
    if (seen.ended && isHeld)
      throw new Violation(
        'FENCE',
        `${node.id} holds the leadership of fence ${seen.leadership.fence} again after it was lost`,
      )
    if (!isHeld) seen.ended = true
    seen.deadline = seen.leadership.deadline
  }

  looked(node: SimNode, leadership: Leadership, held: boolean): void {
    const seen = this.#seen[node.place]
    if (seen?.leadership !== leadership) return
    if (held && seen.ended)
      throw new Violation(
        'FENCE',
        `${node.id} finds the leadership of fence ${leadership.fence} held after it was lost`,
      )
    if (!held) seen.ended = true
  }
}

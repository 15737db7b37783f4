// FENCE: leaderships that are held begin in the order of their fences (the term), and one that was lost never
// comes back (ARCHITECTURE.md, leases).
// Kills R7.
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation, type World } from '../world/index.ts'
import { holds } from './one-holder.ts'

interface Holding {
  fence: number
  /** The holder's clock at which it ends, as of its last step. */
  deadline: number
  ended: boolean
}

export class FencesIncrease implements Watcher {
  readonly #world: World
  readonly #holding: Holding[] = []
  #last = 0

  constructor(world: World) {
    this.#world = world
  }

  started(node: SimNode): void {
    this.#holding[node.place] = { fence: 0, deadline: 0, ended: true }
  }

  stepped(node: SimNode): void {
    const { raft } = node
    const holding = this.#holding[node.place]!
    if (raft.role !== 'leader') {
      holding.ended = true
      return
    }
    const { now } = this.#world
    const again = raft.term === holding.fence
    if (again && node.clock.at(now) >= holding.deadline) holding.ended = true
    if (!holds(node, now)) {
      holding.ended = true
      return
    }
    if (again && holding.ended)
      throw new Violation(
        'FENCE',
        `${node.id} holds leadership of term ${raft.term} again after it had lost it`,
      )
    if (!again) {
      if (raft.term <= this.#last)
        throw new Violation(
          'FENCE',
          `${node.id} begins to hold fence ${raft.term} after fence ${this.#last} was held`,
        )
      this.#last = raft.term
      holding.fence = raft.term
      holding.ended = false
    }
    holding.deadline = raft.leaseDeadline
  }
}

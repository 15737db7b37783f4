// HOLD: at no instant of true time do two nodes believe that they hold leadership (thesis §6.4.1). A paused node counts: it believes what
// it would find if it looked now.
// Kills E9, H15, H17.
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation, type World } from '../world/index.ts'

/** What `leadership.held` says on this node at a true time. */
export function holds(node: SimNode, trueTime: number): boolean {
  if (!node.up) return false
  const { raft } = node
  return (
    raft.role === 'leader' && node.clock.at(trueTime) < raft.leaseDeadline && raft.applied >= raft.termStart
  )
}

export class OneHolder implements Watcher {
  readonly #world: World
  readonly #nodes: readonly SimNode[]

  constructor(world: World, nodes: readonly SimNode[]) {
    this.#world = world
    this.#nodes = nodes
  }

  // Holding begins only by an event on the node itself, and ends by itself: the node that was just stepped is the one to ask.
  stepped(node: SimNode): void {
    const { now } = this.#world
    if (!holds(node, now)) return
    for (const other of this.#nodes) {
      if (other === node || !holds(other, now)) continue
      const left = (of: SimNode): string => (of.raft.leaseDeadline - of.clock.at(now)).toFixed(3)
      throw new Violation(
        'HOLD',
        `${node.id} (term ${node.raft.term}, for another ${left(node)} ms of its clock) and ${other.id} (term ${other.raft.term}, ${left(other)} ms) both hold leadership`,
      )
    }
  }
}

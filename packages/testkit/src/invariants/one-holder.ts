// HOLD: at no instant of true time do two applications hold leadership (thesis §6.4.1), by the leaderships
// that the runtime has given out, not by the belief of their cores. A paused node counts with what its
// application would find if it looked now.
// Kills X1, X3, E9, H15, H17, H23, H25.
import type { Leadership } from '@oarlock/runtime'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

/** The value of `leadership.held` on this node now. Reading `held` itself might end the leadership. */
export function holds({ leadership, loop }: SimNode): boolean {
  return leadership !== null && loop.now() < leadership.deadline
}

export class OneHolder implements Watcher {
  readonly #nodes: readonly SimNode[]

  constructor(nodes: readonly SimNode[]) {
    this.#nodes = nodes
  }

  began(node: SimNode): void {
    this.#check(node)
  }

  // Only the same leadership may hold a renewed lease again, and it began when no other was held.
  stepped(node: SimNode): void {
    this.#check(node)
  }

  looked(node: SimNode, { fence, deadline }: Leadership, held: boolean): void {
    if (held && node.loop.now() >= deadline)
      throw new Violation('HOLD', `${node.id} holds fence ${fence} after its deadline`)
  }

  #check(node: SimNode): void {
    if (!holds(node)) return
    for (const other of this.#nodes) {
      if (other === node || !holds(other)) continue
      const left = ({ loop, leadership }: SimNode): string => (leadership!.deadline - loop.now()).toFixed(3)
      throw new Violation(
        'HOLD',
        `${node.id} (fence ${node.leadership!.fence}, for another ${left(node)} ms of its clock) and ${other.id} (fence ${other.leadership!.fence}, ${left(other)} ms) both hold leadership`,
      )
    }
  }
}

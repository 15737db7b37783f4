// ES: election safety, at most one leader in a term (paper §5.2, figure 3). A node that restarts is another
// leader.
// Kills E1, E4, E5, E9, E+, W1, W3.
import type { Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class OneLeaderATerm implements Watcher {
  readonly #leaders: Map<Term, { readonly node: SimNode; readonly life: number }> = new Map()
  /** Per node: the last term that it led. */
  readonly #seen: Term[] = []

  stepped(node: SimNode): void {
    const { raft, place, life } = node
    if (raft.role !== 'leader') return
    const { term } = raft
    const known = this.#seen[place] === term ? this.#leaders.get(term) : undefined
    if (known !== undefined && known.life === life && known.node === node) return
    const other = this.#leaders.get(term)
    if (other !== undefined && (other.node !== node || other.life !== life))
      throw new Violation('ES', `${node.id} leads term ${term}, which ${other.node.id} has already led`)
    this.#leaders.set(term, { node, life })
    this.#seen[place] = term
  }
}

// MON: what a leader knows a member to hold never shrinks in its term (paper figure 2: matchIndex increases
// monotonically). It is checked only now and then, since asking a core for its view takes long.
// Kills L7.
import type { Event, Index, NodeId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

const EVERY = 4

interface Known {
  readonly term: number
  readonly life: number
  readonly configurationIndex: Index
  readonly match: Map<NodeId, Index>
}

export class MatchOnlyGrows implements Watcher {
  readonly #known: (Known | undefined)[] = []
  #answers = 0

  stepped(node: SimNode, event: Event): void {
    if (event.type !== 'receive' || event.message.type !== 'appendResponse') return
    const { raft, place, life, id } = node
    if (raft.role !== 'leader' || ++this.#answers % EVERY !== 0) return
    let known = this.#known[place]
    const { progress, configurationIndex } = raft.inspect()
    const same =
      known?.term === raft.term && known.life === life && known.configurationIndex === configurationIndex
    // Nothing is known of a member that was removed and came back, as of any new one.
    if (known === undefined || !same) {
      known = { term: raft.term, life, configurationIndex, match: new Map() }
      this.#known[place] = known
    }
    for (const [member, { match }] of progress) {
      const before = known.match.get(member)
      if (before !== undefined && match < before && member !== id)
        throw new Violation('MON', `${id} knew that ${member} holds ${before}; now it believes ${match}`)
      known.match.set(member, match)
    }
  }
}

// GRANT: nobody gives a vote, nor says that it would, to one whose log is behind its own (paper §5.4.1; thesis §9.6). It says at
// once what LC and USURP say when such a one may be elected; that pre-votes which ask for nothing let terms rise in vain nobody
// else says.
// Kills E7, E17, E19.
import type { Effects, EntryId, Envelope, Event, NodeId, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { place as describe } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

interface Asked {
  readonly from: NodeId
  readonly term: Term
  /** The node's own, when it answered. */
  readonly own: Term
  readonly type: 'vote' | 'preVote'
  readonly last: EntryId
}

export class VotesAreDeserved implements Watcher {
  /** Per node: what it was asked in this turn. */
  readonly #asked: Asked[][] = []

  started({ place }: SimNode): void {
    this.#asked[place] = []
  }

  stepped({ place, raft }: SimNode, event: Event): void {
    if (event.type !== 'receive') return
    const { from, message } = event
    if (message.type === 'vote' || message.type === 'preVote')
      this.#asked[place]!.push({
        from,
        type: message.type,
        term: message.term,
        own: raft.term,
        last: message.last,
      })
  }

  taken(node: SimNode, { send, persist }: Effects): void {
    const asked = this.#asked[node.place]!
    if (asked.length === 0) return
    this.#asked[node.place] = []
    // In a longer turn the log may have changed since.
    if (asked.length > 1 || (persist !== null && (persist.entries.length > 0 || persist.snapshot !== null)))
      return
    const { from, type, term, own: ownTerm, last } = asked[0]!
    const own = node.log.last
    const isBehind = last.term < own.term || (last.term === own.term && last.index < own.index)
    if (!isBehind && (type === 'vote' || term > ownTerm || node.raft.term > ownTerm)) return
    const isGrant = ({ to, message }: Envelope): boolean =>
      to === from && message.type === `${type}Response` && 'granted' in message && message.granted
    if (!send.some(isGrant) && !(persist?.thenSend ?? []).some(isGrant)) return
    if (!isBehind) return this.#mustBeFree(node, from)
    throw new Violation(
      'GRANT',
      `${node.id} grants ${from} a ${type}, whose log ends with ${describe(last)}; its own ends with ${describe(own)}`,
    )
  }

  /** A pre-vote in the node's own term is worth what its vote is: that may be another's. */
  #mustBeFree({ id, raft }: SimNode, from: NodeId): void {
    const { vote, term } = raft.inspect()
    if (vote === null || vote === from) return
    throw new Violation(
      'GRANT',
      `${id} says that it would vote for ${from} in term ${term}, and has voted for ${vote}`,
    )
  }
}

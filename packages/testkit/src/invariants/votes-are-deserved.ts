// GRANT: a member grants no vote and no pre-vote to a candidate whose log is behind its own (paper §5.4.1;
// thesis §9.6). It reports at once what LC and USURP report when such a candidate may be elected. No other
// checker reports pre-votes that are granted without a comparison and let terms rise in vain.
// Nor does a member that was taken in grant one before it has committed the change that took it in.
// Kills E7, E17, E19, M45.
import type { Effects, EntryId, Envelope, Event, NodeId, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { place as describe } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

interface Asked {
  readonly from: NodeId
  readonly term: Term
  /** The end of the node's own log when it answered. */
  readonly own: Term
  readonly type: 'vote' | 'preVote'
  readonly last: EntryId
}

export class VotesAreDeserved implements Watcher {
  /** Per node: the requests of this turn. */
  readonly #asked: Asked[][] = []

  started({ place }: SimNode): void {
    this.#asked[place] = []
  }

  leaving({ id, raft, disk }: SimNode, { to, message }: Envelope): void {
    if (message.type !== 'voteResponse' && message.type !== 'preVoteResponse') return
    const { votesFrom = 0 } = disk.identity.record
    if (!message.granted || raft.commit >= votesFrom) return
    throw new Violation(
      'GRANT',
      `${id} grants a vote to ${to}, and has committed ${raft.commit}, but ${votesFrom} took it in`,
    )
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
    // In a longer turn the log may have changed.
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
      `${node.id} grants a ${type} to ${from}, whose log ends with ${describe(last)}, but its own ends with ${describe(own)}`,
    )
  }

  /** A pre-vote in the node's own term is useless if it has voted for another candidate. */
  #mustBeFree({ id, raft }: SimNode, from: NodeId): void {
    const { vote, term } = raft.inspect()
    if (vote === null || vote === from) return
    throw new Violation(
      'GRANT',
      `${id} grants a pre-vote to ${from} in term ${term} but has voted for ${vote}`,
    )
  }
}

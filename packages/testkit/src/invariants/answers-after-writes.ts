// LAW: an answer leaves only when the promise in it is durable (thesis §3.8), and a member acknowledges an
// append only as far as its log agrees with the leader's (§5.3). It reports at once what ES, CQ and DUR
// report only after a crash at the right moment.
// Kills E1, E10, L2, L5, L12, W1, W3, W9.
import type { AppendResponse, Envelope, VoteResponse } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { sameEntry } from '../model/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'
import { voteIsSafe } from './election-quorum.ts'

export class AnswersAfterWrites implements Watcher {
  readonly #nodes: readonly SimNode[]

  constructor(nodes: readonly SimNode[]) {
    this.#nodes = nodes
  }

  leaving(node: SimNode, { to, message }: Envelope): void {
    if (message.type === 'voteResponse' && message.granted) this.#vote(node, to, message)
    else if (message.type === 'appendResponse' && !message.rejected) this.#acknowledgement(node, to, message)
  }

  #vote(node: SimNode, to: string, { term }: VoteResponse): void {
    if (!voteIsSafe(node, term, to))
      throw new Violation('LAW', `${node.id} grants ${to} a vote in term ${term} that is not on its disk`)
  }

  #acknowledgement(node: SimNode, to: string, { term, index }: AppendResponse): void {
    const { durableHardState, durableLog } = node.disk
    // In a later term the entries may have been replaced, and the answer is not counted.
    if (durableHardState.term > term) return
    if (durableHardState.term < term || durableLog.lastIndex < index)
      throw new Violation(
        'LAW',
        `${node.id} acknowledges ${index} in term ${term}; on its disk are entries up to ${durableLog.lastIndex} and term ${durableHardState.term}`,
      )
    const leader = this.#nodes.find((other) => other.id === to)!
    if (index === 0 || !leader.up || leader.raft.role !== 'leader' || leader.raft.term !== term) return
    const own = durableLog.at(index)
    // A compacted entry is committed: other checkers compare those.
    if (own === undefined || index <= leader.log.start.index) return
    const asked = leader.log.at(index)
    if (asked === undefined || !sameEntry(own, asked))
      throw new Violation(
        'LAW',
        `${node.id} acknowledges ${place(own)} to ${to}, which has ${asked === undefined ? 'nothing' : place(asked)} there`,
      )
  }
}

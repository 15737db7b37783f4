// LAW: an answer leaves only when the promise in it is durable (thesis §3.8). It reports at once what ES, CQ
// and DUR report only after a crash at the right moment.
// Kills E1, E10, L5, W1, W3, W9.
import type { AppendResponse, Envelope, VoteResponse } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'
import { voteIsSafe } from './election-quorum.ts'

export class AnswersAfterWrites implements Watcher {
  leaving(node: SimNode, { to, message }: Envelope): void {
    if (message.type === 'voteResponse' && message.granted) this.#vote(node, to, message)
    else if (message.type === 'appendResponse' && !message.rejected) this.#acknowledgement(node, message)
  }

  #vote(node: SimNode, to: string, { term }: VoteResponse): void {
    if (!voteIsSafe(node, term, to))
      throw new Violation('LAW', `${node.id} grants ${to} a vote in term ${term} that is not on its disk`)
  }

  #acknowledgement(node: SimNode, { term, index }: AppendResponse): void {
    const { durableHardState, durableLog } = node.disk
    // In a later term the entries may have been replaced, and the answer is not counted.
    if (durableHardState.term > term) return
    if (durableHardState.term < term || durableLog.lastIndex < index)
      throw new Violation(
        'LAW',
        `${node.id} acknowledges ${index} in term ${term}; on its disk are entries up to ${durableLog.lastIndex} and term ${durableHardState.term}`,
      )
  }
}

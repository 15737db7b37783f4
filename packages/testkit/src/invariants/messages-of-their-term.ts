// TERM: no message is of a term that its sender has not reached, but for the question of a pre-vote and its answer (paper
// §5.1); and whoever speaks as the leader of a term has that term, and its own vote in it, on its disk (figure 2): what a
// crash could make it forget was never its to say.
// Kills E1, E+, W1, W9.
import type { Envelope, Message } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

const ofLeaders: ReadonlySet<Message['type']> = new Set(['append', 'heartbeat', 'snapshot', 'timeoutNow'])

export class MessagesOfTheirTerm implements Watcher {
  leaving({ id, raft, disk }: SimNode, { from, message }: Envelope): void {
    if (from !== id) throw new Violation('TERM', `${id} sends a ${message.type} in the name of ${from}`)
    if (!('term' in message) || message.type === 'preVoteResponse') return
    const most = message.type === 'preVote' ? raft.term + 1 : raft.term
    if (message.term > most)
      throw new Violation(
        'TERM',
        `${id} sends a ${message.type} of term ${message.term}; it is in ${raft.term}`,
      )
    if (!ofLeaders.has(message.type)) return
    if (disk.durableHardState.term < message.term || disk.votes.get(message.term) !== id)
      throw new Violation(
        'TERM',
        `${id} sends a ${message.type} of term ${message.term}, in which its disk has no vote of its for itself`,
      )
  }
}

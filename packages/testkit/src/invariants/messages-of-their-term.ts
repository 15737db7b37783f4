// TERM: no message is of a term that its sender has not reached, except a pre-vote and its answer (paper
// §5.1). And a member that speaks as the leader of a term has that term and its own vote on disk (figure 2):
// a crash could make it forget, so it must not speak before.
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
        `${id} sends a ${message.type} of term ${message.term}, but is in ${raft.term}`,
      )
    if (!ofLeaders.has(message.type)) return
    if (disk.durableHardState.term < message.term || disk.votes.get(message.term) !== id)
      throw new Violation(
        'TERM',
        `${id} sends a ${message.type} of term ${message.term}, but on its disk is no vote for itself in that term`,
      )
  }
}

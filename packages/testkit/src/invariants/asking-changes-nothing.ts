// CALM: whoever asks whether it would be elected, and whoever is asked, stays in its term (thesis §9.6): pre-vote exists so
// that nobody is disturbed by a candidate that cannot win. And no answer of one that is no member any more raises anybody's
// term (paper §6: removed servers must not disrupt the cluster).
// Kills P1, P23.
import type { Event, NodeId, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isMember } from '../model/index.ts'
import { Violation } from '../world/index.ts'

const isAnswer = (type: string): boolean =>
  type === 'appendResponse' ||
  type === 'heartbeatResponse' ||
  type === 'voteResponse' ||
  type === 'preVoteResponse'

export class AskingChangesNothing implements Watcher {
  readonly #committed: CommittedLog
  /** Per node, after the event before this one. */
  readonly #terms: Term[] = []

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  started({ place, raft }: SimNode): void {
    this.#terms[place] = raft.term
  }

  stepped(node: SimNode, event: Event): void {
    const { id, place, raft } = node
    const { term, role } = raft
    const before = this.#terms[place]!
    if (term === before) return
    this.#terms[place] = term
    const asked = event.type === 'receive' && event.message.type === 'preVote'
    const asks = role === 'preCandidate' && (event.type === 'tick' || event.type === 'campaign')
    if (event.type === 'receive' && isAnswer(event.message.type)) this.#mustBeMember(node, event.from, before)
    if (asked || asks)
      throw new Violation(
        'CALM',
        `${id} ${asks ? 'asks' : 'is asked'} for a pre-vote, and goes from term ${before} to ${term}`,
      )
  }

  /** By what is committed, and by what is applied here. */
  #mustBeMember({ id, raft }: SimNode, from: NodeId, before: Term): void {
    const { configuration } = this.#committed
    if (isMember(configuration, from) || isMember(this.#committed.configurationAt(raft.applied), from)) return
    if (from === id || isMember(raft.inspect().configuration, from)) return
    throw new Violation(
      'CALM',
      `${from} is no member, and its answer brings ${id} from term ${before} to ${raft.term}`,
    )
  }
}

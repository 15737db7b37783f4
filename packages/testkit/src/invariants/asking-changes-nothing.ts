// CALM: neither asking for a pre-vote nor being asked changes a member's term (thesis §9.6): pre-vote exists
// so that a candidate that cannot win disturbs nobody. Nor does an answer of a removed member raise a term
// (paper §6: removed servers must not disrupt the cluster).
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
  /** Per node, before this event. */
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
        `${id} ${asks ? 'asks' : 'is asked'} for a pre-vote and goes from term ${before} to ${term}`,
      )
  }

  /** A member by the committed configuration, or by the one that is applied here. */
  #mustBeMember({ id, raft }: SimNode, from: NodeId, before: Term): void {
    const { configuration } = this.#committed
    if (isMember(configuration, from) || isMember(this.#committed.configurationAt(raft.applied), from)) return
    if (from === id || isMember(raft.inspect().configuration, from)) return
    throw new Violation(
      'CALM',
      `${from} is not a member, but its answer takes ${id} from term ${before} to ${raft.term}`,
    )
  }
}

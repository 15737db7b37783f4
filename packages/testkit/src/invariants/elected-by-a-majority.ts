// EQ: a leader was granted the votes of its term by a quorum of the configuration that it counts by (paper
// §5.2; by both halves of a joint one, §6). The votes are counted as they leave, not as the candidate counts
// them. Without that two members may lead, and ES needs luck to see them.
// Kills E4, E5, E9, E23, E25, E27.
import type { Envelope, NodeId, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isQuorum } from '../model/index.ts'
import { describeConfiguration } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

/** A candidate forgets at most this many terms in a crash: each was a write that was under way. */
const LATEST = 16

export class ElectedByAMajority implements Watcher {
  readonly #committed: CommittedLog
  /**
   * Per candidate: the members that voted for it in its latest terms. After a crash it may stand in one of
   * them again.
   */
  readonly #votes: Map<NodeId, Map<Term, Set<NodeId>>> = new Map()
  /** Per node: the last term in which it was checked as the leader. */
  readonly #seen: Term[] = []

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  leaving({ id }: SimNode, { to, message }: Envelope): void {
    if (message.type !== 'voteResponse' || !message.granted) return
    const terms = this.#votes.get(to) ?? new Map<Term, Set<NodeId>>()
    this.#votes.set(to, terms)
    const known = terms.get(message.term)
    if (known !== undefined) {
      known.add(id)
      return
    }
    terms.set(message.term, new Set([id]))
    if (terms.size > LATEST) terms.delete(Math.min(...terms.keys()) as Term)
  }

  stepped({ raft, place, id }: SimNode): void {
    if (raft.role !== 'leader' || this.#seen[place] === raft.term) return
    this.#seen[place] = raft.term
    const from = this.#votes.get(id)?.get(raft.term) ?? new Set<NodeId>()
    const configuration = this.#committed.configurationAt(raft.applied)
    if (isQuorum(configuration, (voter) => from.has(voter))) return
    throw new Violation(
      'EQ',
      `${id} leads term ${raft.term} with the votes of ${[...from].join(' ') || 'nobody'}, of ${describeConfiguration(configuration)}`,
    )
  }
}

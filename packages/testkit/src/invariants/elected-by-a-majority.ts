// EQ: nobody leads whom no majority has elected: whoever begins to lead a term was given that term's votes by a quorum of the
// configuration it counts by (paper §5.2; of both halves where it is joint, §6), by what voters have said, not by what the
// candidate has counted. Where this is broken two may lead, and ES needs luck to see them.
// Kills E4, E5, E9, E23, E25, E27.
import type { Envelope, NodeId, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isQuorum } from '../model/index.ts'
import { describeConfiguration } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

/** No candidate forgets more terms than that at once: each was one of its writes that was under way. */
const LATEST = 16

export class ElectedByAMajority implements Watcher {
  readonly #committed: CommittedLog
  /** Per candidate: who has voted for it, in its latest terms. A crash may make it forget some of them, and stand in an earlier one. */
  readonly #votes: Map<NodeId, Map<Term, Set<NodeId>>> = new Map()
  /** Per node: the last term in which it was looked at as its leader. */
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
      `${id} leads term ${raft.term}, in which it was given the votes of ${[...from].join(' ') || 'nobody'}, of ${describeConfiguration(configuration)}`,
    )
  }
}

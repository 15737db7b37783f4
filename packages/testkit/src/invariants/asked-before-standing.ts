// CALM: with pre-vote a member raises the term only after a quorum has granted it a pre-vote for that term
// (thesis §9.6), or when a leader has told it to stand (thesis §3.10). The grants are counted as they leave,
// not as the candidate counts them. Otherwise a candidate that cannot win disturbs the leader.
// Kills E25, P17.
import type { Envelope, Event, NodeId, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isQuorum } from '../model/index.ts'
import { describeConfiguration } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

export class AskedBeforeStanding implements Watcher {
  readonly #committed: CommittedLog
  /**
   * Per candidate and term: the members that granted it a pre-vote. They are kept for good, since a crash may
   * take a candidate back to a term that it asked for before, and answers from then may still come.
   */
  readonly #promised: Map<NodeId, Map<Term, Set<NodeId>>> = new Map()
  /** Per node: the last term in which it stood. */
  readonly #stood: Term[] = []

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  leaving({ id }: SimNode, { to, message }: Envelope): void {
    if (message.type !== 'preVoteResponse' || !message.granted) return
    const terms = this.#promised.get(to) ?? new Map<Term, Set<NodeId>>()
    this.#promised.set(to, terms)
    const by = terms.get(message.term)
    if (by === undefined) terms.set(message.term, new Set([id]))
    else by.add(id)
  }

  started({ place, raft }: SimNode): void {
    this.#stood[place] = raft.term
  }

  stepped({ id, place, raft }: SimNode, event: Event): void {
    if (raft.role !== 'candidate' || this.#stood[place] === raft.term) return
    this.#stood[place] = raft.term
    if (event.type === 'receive' && event.message.type === 'timeoutNow') return
    const by = this.#promised.get(id)?.get(raft.term) ?? new Set<NodeId>()
    const configuration = this.#committed.configurationAt(raft.applied)
    if (isQuorum(configuration, (voter) => by.has(voter))) return
    throw new Violation(
      'CALM',
      `${id} stands in term ${raft.term} with the pre-votes of ${[...by].join(' ') || 'nobody'}, of ${describeConfiguration(configuration)}`,
    )
  }
}

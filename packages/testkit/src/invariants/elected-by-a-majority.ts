// EQ: nobody leads whom no majority has elected: whoever begins to lead a term was given that term's votes by a quorum of the
// configuration it counts by (paper §5.2; of both halves where it is joint, §6), by what voters have said, not by what the
// candidate has counted. Where this is broken two may lead, and ES needs luck to see them.
// Kills E4, E5, E9, E25, E27.
import type { Envelope, NodeId, Term } from '@oarlock/core'
import type { CommittedLog } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { describeConfiguration, isQuorum } from '../quorum.ts'
import { Violation } from '../violation.ts'

export class ElectedByAMajority implements Watcher {
  readonly #committed: CommittedLog
  /** Per candidate: who has voted for it, in the last term that it was given a vote in. */
  readonly #votes: Map<NodeId, { readonly term: Term; readonly from: Set<NodeId> }> = new Map()
  /** Per node: the last term in which it was looked at as its leader. */
  readonly #seen: Term[] = []

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  leaving({ id }: SimNode, { to, message }: Envelope): void {
    if (message.type !== 'voteResponse' || !message.granted) return
    const known = this.#votes.get(to)
    if (known === undefined || known.term < message.term)
      this.#votes.set(to, { term: message.term, from: new Set([id]) })
    else if (known.term === message.term) known.from.add(id)
  }

  stepped({ raft, place, id }: SimNode): void {
    if (raft.role !== 'leader' || this.#seen[place] === raft.term) return
    this.#seen[place] = raft.term
    const known = this.#votes.get(id)
    const from = known?.term === raft.term ? known.from : new Set<NodeId>()
    const configuration = this.#committed.configurationAt(raft.applied)
    if (isQuorum(configuration, (voter) => from.has(voter))) return
    throw new Violation(
      'EQ',
      `${id} leads term ${raft.term}, in which it was given the votes of ${[...from].join(' ') || 'nobody'}, of ${describeConfiguration(configuration)}`,
    )
  }
}

// TRANSFER: a leader tells only voters to stand who are sure to win: whose log, as it is on disk, ends where its own did when the
// transfer began (thesis §3.10). Else the cluster is without a leader for an election timeout. It is not compared with the end
// of the leader's log as the message leaves: in one and the same turn the leader may tell its target, then be told to stay, and
// append again, and both leave together. Nothing is appended between the beginning and the message (transfers-stop-writes.ts).
// Kills M13, T1, T7.
import type { EntryId, Envelope, Event, Index, NodeId, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isVoter } from '../model/index.ts'
import { describeConfiguration, place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

interface Begun {
  readonly turn: number
  readonly term: Term
  readonly target: NodeId
  /** Where the leader's log ended. */
  readonly last: EntryId
}

/** Is a transfer to be expected after an event of this type? */
export function mayBegin(type: string, unasked: boolean): boolean {
  if (type === 'transfer' || type === 'transferLeader') return true
  return unasked && (type === 'tick' || type === 'appendResponse' || type === 'heartbeatResponse')
}

export class TransfersCanSucceed implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #committed: CommittedLog
  readonly #unasked: boolean
  /** Per node: the transfers that began in the turn in which the last one did, and the one before. */
  readonly #begun: Begun[][] = []
  readonly #turns: number[] = []
  /** Per node: after its last step. */
  readonly #terms: Term[] = []
  /** Per node: what it had applied when its last turn began, and when it ended. */
  readonly #applied: { before: Index; after: Index }[] = []

  /** `unasked`: leaders may hand over by themselves, to a better member, or from a witness. */
  constructor(nodes: readonly SimNode[], committed: CommittedLog, unasked: boolean) {
    this.#nodes = nodes
    this.#unasked = unasked
    this.#committed = committed
  }

  started({ place: at, raft: { applied, term } }: SimNode): void {
    this.#terms[at] = term
    this.#applied[at] = { before: applied, after: applied }
    this.#begun[at] = []
    this.#turns[at] = 0
  }

  stepped({ raft, place: at, id }: SimNode, event: Event): void {
    const termBefore = this.#terms[at]!
    this.#terms[at] = raft.term
    if (event.type === 'receive' && event.message.type === 'timeoutNow') {
      // An order of an earlier leader would depose the one that there is.
      const { term } = event.message
      if (raft.role === 'candidate' && raft.term > termBefore && raft.term > term + 1)
        throw new Violation(
          'TRANSFER',
          `${id} stands in term ${raft.term}, told so by the leader of term ${term}`,
        )
      return
    }
    const type = event.type === 'receive' ? event.message.type : event.type
    if (!mayBegin(type, this.#unasked) || raft.role !== 'leader') return
    const { transferTarget: target, lastIndex, lastTerm, term } = raft.inspect()
    if (target === null) return
    const last = { index: lastIndex, term: lastTerm }
    const turn = this.#turns[at]!
    // The one before this turn may have told its target in this very turn.
    const begun = this.#begun[at]!
    const kept = begun.filter(
      (one, i) => one.turn === turn || i === begun.findLastIndex((old) => old.turn < turn),
    )
    this.#begun[at] = [...kept, { turn, term, target, last }]
  }

  taken({ place: at, raft }: SimNode): void {
    this.#applied[at] = { before: this.#applied[at]!.after, after: raft.applied }
    this.#turns[at] = this.#turns[at]! + 1
  }

  leaving(node: SimNode, { to, message }: Envelope): void {
    if (message.type !== 'timeoutNow') return
    const configuration = this.#committed.configurationAt(node.raft.applied)
    // It may have told it first, and applied that it is no voter any more later in the same turn.
    const earlier = this.#committed.configurationAt(this.#applied[node.place]!.before)
    if (!isVoter(configuration, to) && !isVoter(earlier, to))
      throw new Violation(
        'TRANSFER',
        `${node.id} tells ${to} to stand, no voter of ${describeConfiguration(configuration)}`,
      )
    const [begun] = this.#begun[node.place]!.filter(
      ({ target, term }) => target === to && term === message.term,
    ).sort((a, b) => a.last.index - b.last.index)
    if (begun === undefined)
      throw new Violation('TRANSFER', `${node.id} tells ${to} to stand, and nobody asked for that`)
    const { durableLog, durableHardState } = this.#nodes.find(({ id }) => id === to)!.disk
    // A later leader may have changed its log since: then this message means nothing to it.
    if (durableHardState.term > message.term || durableLog.lastIndex >= begun.last.index) return
    throw new Violation(
      'TRANSFER',
      `${node.id} tells ${to} to stand, whose log ends with ${place(durableLog.last)}; its own ends with ${place(begun.last)}`,
    )
  }
}

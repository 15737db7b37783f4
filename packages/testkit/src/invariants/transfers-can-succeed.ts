// TRANSFER: a leader tells only a voter to stand that is sure to win: one whose log on disk ends where the
// leader's did when the transfer began (thesis §3.10). Otherwise the cluster has no leader for an election
// timeout. The comparison is not with the leader's log when the message leaves: in one turn the leader may
// tell its target, be told to stay, and append, and both messages leave together. Nothing is appended between
// the beginning and the message (transfers-stop-writes.ts).
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
  /** The end of the leader's log. */
  readonly last: EntryId
}

/** Whether an event of this type may begin a transfer. */
export function mayBegin(type: string, unasked: boolean): boolean {
  if (type === 'transfer' || type === 'transferLeader') return true
  return unasked && (type === 'tick' || type === 'appendResponse' || type === 'heartbeatResponse')
}

export class TransfersCanSucceed implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #committed: CommittedLog
  readonly #unasked: boolean
  /** Per node: the transfers that began in the turn of the last one, and the one before that turn. */
  readonly #begun: Begun[][] = []
  readonly #turns: number[] = []
  /** Per node: the target after its last step. */
  readonly #terms: Term[] = []
  /** Per node: how much it had applied at the beginning and the end of its last turn. */
  readonly #applied: { before: Index; after: Index }[] = []

  /** `unasked`: leaders may hand over without a request, to a better member, or from a witness. */
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
      // An order of an earlier leader would depose the current one.
      const { term } = event.message
      if (raft.role === 'candidate' && raft.term > termBefore && raft.term > term + 1)
        throw new Violation(
          'TRANSFER',
          `${id} stands in term ${raft.term} on an order of the leader of term ${term}`,
        )
      return
    }
    const type = event.type === 'receive' ? event.message.type : event.type
    if (!mayBegin(type, this.#unasked) || raft.role !== 'leader') return
    const { transferTarget: target, lastIndex, lastTerm, term } = raft.inspect()
    if (target === null) return
    const last = { index: lastIndex, term: lastTerm }
    const turn = this.#turns[at]!
    // A transfer that began earlier may reach its target in this turn.
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
    // It may have told the target first and applied its removal later in the same turn.
    const earlier = this.#committed.configurationAt(this.#applied[node.place]!.before)
    if (!isVoter(configuration, to) && !isVoter(earlier, to))
      throw new Violation(
        'TRANSFER',
        `${node.id} tells ${to} to stand, which is not a voter of ${describeConfiguration(configuration)}`,
      )
    const [begun] = this.#begun[node.place]!.filter(
      ({ target, term }) => target === to && term === message.term,
    ).sort((a, b) => a.last.index - b.last.index)
    if (begun === undefined)
      throw new Violation('TRANSFER', `${node.id} tells ${to} to stand without a request`)
    // A member without state does not know all incarnations, as its table is in the snapshot.
    const { table } = node.isRestoring ? this.#committed.configurations.at(-1)! : node.replica.members
    const { members } = table
    const target = this.#nodes.find(({ id }) => id === to)!
    const { durableLog, durableHardState } = target.diskOf(members.get(to)?.incarnation)
    // If a later leader has changed the target's log since, the target ignores this message.
    if (durableHardState.term > message.term || durableLog.lastIndex >= begun.last.index) return
    throw new Violation(
      'TRANSFER',
      `${node.id} tells ${to} to stand, whose log ends with ${place(durableLog.last)}; its own ends with ${place(begun.last)}`,
    )
  }
}

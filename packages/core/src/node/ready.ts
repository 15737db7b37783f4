// The effects that a node has ready for the runtime, and what it handed out before: only changes leave
// (effect.ts; thesis §3.8).
import { hardStateMustSync } from '../durability.ts'
import type { Effects, Persist, RoleChange } from '../effect.ts'
import type { HardState } from '../types.ts'
import { noteHandedOut } from './activation.ts'
import type { Node } from './node.ts'
import { broadcastHeartbeat } from './replication.ts'

const isStateOf = ({ term, vote, log, promise }: Node, hardState: HardState): boolean =>
  term === hardState.term &&
  vote === hardState.vote &&
  log.commit === hardState.commit &&
  promise === hardState.promise

const sameRole = (a: RoleChange, b: RoleChange): boolean =>
  a.role === b.role && a.term === b.term && a.leader === b.leader

export class ReadyEffects {
  readonly #node: Node
  #role: RoleChange
  #hardState: HardState
  #sequence = 0

  /**
   * `stored`: the hard state on disk. A node that starts from a snapshot may know of a later commit index: it is
   * written with the first entries. They may rest on changes of the membership up to there.
   */
  constructor(node: Node, stored: HardState) {
    this.#node = node
    this.#hardState = stored
    this.#role = { role: node.role, term: node.term, leader: node.leader }
  }

  get any(): boolean {
    const { outbox, afterWrite, proposals, reads, readsReady, log } = this.#node
    return (
      outbox.length > 0 ||
      afterWrite.length > 0 ||
      proposals.length > 0 ||
      readsReady.length > 0 ||
      reads.needsRound ||
      log.hasUntaken ||
      log.hasUntakenSnapshot ||
      log.hasCommitted ||
      !isStateOf(this.#node, this.#hardState) ||
      !sameRole(this.#node, this.#role)
    )
  }

  take(): Effects {
    const node = this.#node
    const role = sameRole(node, this.#role) ? null : { role: node.role, term: node.term, leader: node.leader }
    if (role !== null) this.#role = role
    // One round of heartbeats serves all reads that came in.
    if (node.reads.needsRound) broadcastHeartbeat(node)
    const persist = this.#takeWrite()
    const apply = node.log.takeCommitted()
    noteHandedOut(node, apply)
    const effects: Effects = {
      role,
      persist,
      send: node.outbox,
      apply,
      proposals: node.proposals,
      reads: node.readsReady,
    }
    node.outbox = []
    node.proposals = []
    node.readsReady = []
    return effects
  }

  #takeWrite(): Persist | null {
    const node = this.#node
    const before = this.#hardState
    const hardState: HardState | null = isStateOf(node, before) ? null : node.hardState
    const snapshot = node.log.takeSnapshot()
    const entries = node.log.takeUnstable()
    const thenSend = node.afterWrite
    if (hardState === null && entries.length === 0 && snapshot === null && thenSend.length === 0) return null
    if (hardState !== null) this.#hardState = hardState
    node.afterWrite = []
    return {
      write: {
        sequence: ++this.#sequence,
        term: node.term,
        last: node.log.hasUndurable ? node.log.last : null,
        snapshot: snapshot?.index ?? null,
      },
      hardState,
      entries,
      snapshot,
      mustSync: entries.length > 0 || snapshot !== null || hardStateMustSync(before, hardState ?? before),
      thenSend,
    }
  }
}

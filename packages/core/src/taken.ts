// What a node has to hand out, and what it handed out before: only changes leave (effect.ts).
import type { Effects, Persist, RoleChange } from './effect.ts'
import type { Node } from './node.ts'
import type { HardState } from './types.ts'

const sameHardState = (a: HardState, b: HardState): boolean =>
  a.term === b.term && a.vote === b.vote && a.commit === b.commit

const sameRole = (a: RoleChange, b: RoleChange): boolean =>
  a.role === b.role && a.term === b.term && a.leader === b.leader

export class TakenEffects {
  readonly #node: Node
  #role: RoleChange
  #hardState: HardState
  #sequence = 0

  constructor(node: Node) {
    this.#node = node
    this.#hardState = node.hardState
    this.#role = { role: node.role, term: node.term, leader: node.leader }
  }

  get any(): boolean {
    const { outbox, afterWrite, proposals, log } = this.#node
    return (
      outbox.length > 0 ||
      afterWrite.length > 0 ||
      proposals.length > 0 ||
      log.hasUntaken ||
      log.hasCommitted ||
      !sameHardState(this.#node.hardState, this.#hardState) ||
      !sameRole(this.#node, this.#role)
    )
  }

  take(): Effects {
    const node = this.#node
    const role = sameRole(node, this.#role) ? null : { role: node.role, term: node.term, leader: node.leader }
    if (role !== null) this.#role = role
    const effects: Effects = {
      role,
      persist: this.#takeWrite(),
      send: node.outbox,
      apply: node.log.takeCommitted(),
      proposals: node.proposals,
    }
    node.outbox = []
    node.proposals = []
    return effects
  }

  #takeWrite(): Persist | null {
    const node = this.#node
    const before = this.#hardState
    const now = node.hardState
    const hardState = sameHardState(now, before) ? null : now
    const entries = node.log.takeUnstable()
    const thenSend = node.afterWrite
    if (hardState === null && entries.length === 0 && thenSend.length === 0) return null
    this.#hardState = now
    node.afterWrite = []
    return {
      write: {
        sequence: ++this.#sequence,
        term: node.term,
        last: node.log.hasUndurable ? node.log.last : null,
      },
      hardState,
      entries,
      snapshot: null,
      mustSync: entries.length > 0 || now.term !== before.term || now.vote !== before.vote,
      thenSend,
    }
  }
}

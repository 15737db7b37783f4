// What a leader keeps in mind about instances: who asked to come in, who said that it leaves. It makes membership.ts's changes.
import type { MembershipChange, Millis, NodeId, RaftView } from '@oarlock/core'
import { nextChange } from './membership.ts'

export interface AutopilotInit {
  readonly forgetAfter: Millis
  readonly change: (change: MembershipChange) => void
  /** A member that said it leaves is out. */
  readonly left: (member: NodeId) => void
}

export class Autopilot {
  readonly #init: AutopilotInit
  readonly #asked = new Map<NodeId, Millis>()
  readonly #leaving = new Set<NodeId>()
  #term = -1
  #ledSince: Millis = 0

  constructor(init: AutopilotInit) {
    this.#init = init
  }

  /** It is there, and follows nobody. (If it said before that it leaves: that was so.) */
  asks(id: NodeId, now: Millis): void {
    this.#asked.set(id, now)
    this.#leaving.delete(id)
  }

  leaves(id: NodeId): void {
    this.#leaving.add(id)
    this.#asked.delete(id)
  }

  isLeaving(id: NodeId): boolean {
    return this.#leaving.has(id)
  }

  /** Makes the next change, if this node leads and there is one to make. Cheap to call again. */
  attend(view: RaftView): void {
    if (view.role !== 'leader') return
    const { id: self, now, term, configuration } = view
    if (term !== this.#term) {
      this.#term = term
      this.#ledSince = now
    }
    const { voters, outgoing, learners } = configuration
    for (const id of this.#leaving)
      if (id !== self && ![...voters, ...outgoing, ...learners].includes(id)) this.#init.left(id)
    for (const [id, at] of this.#asked) if (now - at > this.#init.forgetAfter) this.#asked.delete(id)
    const change = nextChange(view, {
      asked: this.#asked,
      leaving: this.#leaving,
      ledSince: this.#ledSince,
      forgetAfter: this.#init.forgetAfter,
    })
    if (change !== null) this.#init.change(change)
  }
}

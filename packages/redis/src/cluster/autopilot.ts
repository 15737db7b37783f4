// The leader's autopilot: it remembers which instances want to join or leave, and makes the changes of
// membership.ts.
import type { MembershipChange, Millis, NodeId, RaftView } from '@oarlock/core'
import { nextChange } from './membership.ts'

export interface AutopilotInit {
  readonly forgetAfter: Millis
  readonly change: (change: MembershipChange) => void
  /** A member that announced its leaving is no longer in the cluster. */
  readonly left: (member: NodeId) => void
}

export class Autopilot {
  readonly #init: AutopilotInit
  readonly #joinRequests = new Map<NodeId, Millis>()
  readonly #leaving = new Set<NodeId>()
  #term = -1
  #leadingSince: Millis = 0

  constructor(init: AutopilotInit) {
    this.#init = init
  }

  /** The instance follows no leader and wants to join. That overrides an earlier wish to leave. */
  wantsToJoin(id: NodeId, now: Millis): void {
    this.#joinRequests.set(id, now)
    this.#leaving.delete(id)
  }

  wantsToLeave(id: NodeId): void {
    this.#leaving.add(id)
    this.#joinRequests.delete(id)
  }

  isLeaving(id: NodeId): boolean {
    return this.#leaving.has(id)
  }

  /** Makes the next change, if this node leads and a change is due. Cheap to call often. */
  run(view: RaftView): void {
    if (view.role !== 'leader') return
    const { id: self, now, term, configuration } = view
    if (term !== this.#term) {
      this.#term = term
      this.#leadingSince = now
    }
    const { voters, outgoing, learners } = configuration
    for (const id of this.#leaving)
      if (id !== self && ![...voters, ...outgoing, ...learners].includes(id)) this.#init.left(id)
    for (const [id, at] of this.#joinRequests)
      if (now - at > this.#init.forgetAfter) this.#joinRequests.delete(id)
    const change = nextChange(view, {
      joinRequests: this.#joinRequests,
      leaving: this.#leaving,
      leadingSince: this.#leadingSince,
      forgetAfter: this.#init.forgetAfter,
    })
    if (change !== null) this.#init.change(change)
  }
}

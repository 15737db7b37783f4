// What is known of the connection to one peer, and since when: for `why()` and `status()`.
import type { Millis, NodeId } from '@oarlock/core'
import type { Link, Refusal } from '@oarlock/runtime'

export class LinkHistory {
  readonly #now: () => Millis
  #current: Link

  constructor(now: () => Millis = () => performance.now()) {
    this.#now = now
    this.#current = { state: 'unreachable', since: now(), problem: null }
  }

  get current(): Link {
    return this.#current
  }

  connected(): void {
    this.#current = { state: 'connected', since: this.#now() }
  }

  /** The time at which it became unreachable stays, while the reason may change. */
  unreachable(problem: string): void {
    const { state, since } = this.#current
    this.#current = { state: 'unreachable', since: state === 'unreachable' ? since : this.#now(), problem }
  }

  refused(by: NodeId, refusal: Refusal): void {
    const before = this.#current
    const goesOn = before.state === 'refused' && before.by === by && before.refusal.reason === refusal.reason
    this.#current = { state: 'refused', since: goesOn ? before.since : this.#now(), by, refusal }
  }
}

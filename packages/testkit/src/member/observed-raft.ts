// The core of a simulated member, with an observer of every event that it handles and of all effects that it
// hands out. The runtime does not notice the observer.
import { type Effects, type Event, type Millis, Raft, type RaftInit } from '@oarlock/core'
import type { CoreObserver } from './host.ts'

export class ObservedRaft extends Raft {
  readonly #node: CoreObserver
  readonly #incarnation: number

  constructor(node: CoreObserver, init: RaftInit) {
    super(init)
    this.#node = node
    this.#incarnation = node.incarnation
  }

  override step(event: Event, now: Millis): void {
    const node = this.#node
    try {
      node.steps(event, this.#incarnation)
      super.step(event, now)
      node.stepped(event)
    } catch (error) {
      throw node.noted(error)
    }
  }

  override take(): Effects {
    try {
      const effects = super.take()
      this.#node.taken(effects)
      return effects
    } catch (error) {
      throw this.#node.noted(error)
    }
  }
}

// The core of a simulated member, with an observer of every event that it handles and of all effects that it
// hands out. The runtime does not notice the observer.
import { type Effects, type Event, type Millis, Raft, type RaftInit, type RaftView } from '@oarlock/core'
import type { CoreObserver } from './host.ts'

export class ObservedRaft extends Raft {
  readonly #node: CoreObserver
  /** Many checkers look at the core after each event. */
  #view: RaftView | null = null

  constructor(node: CoreObserver, init: RaftInit) {
    super(init)
    this.#node = node
  }

  override step(event: Event, now: Millis): void {
    const node = this.#node
    try {
      node.steps(event)
      this.#view = null
      super.step(event, now)
      node.stepped(event)
    } catch (error) {
      throw node.noted(error)
    }
  }

  override take(): Effects {
    try {
      this.#view = null
      const effects = super.take()
      this.#node.taken(effects)
      return effects
    } catch (error) {
      throw this.#node.noted(error)
    }
  }

  override inspect(now?: Millis): RaftView {
    if (now !== undefined) return super.inspect(now)
    this.#view ??= super.inspect()
    return this.#view
  }
}

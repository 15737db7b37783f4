// What was heard last of every sender, so that nothing can be played back: within a session counters grow, and a session that
// began before the one that is heard does not come back.
import type { NodeId } from '@oarlock/core'
import type { Session } from './frame.ts'

/** Who was not heard for the longest is forgotten. */
const maxSenders = 10_000

export type Hearing =
  | { readonly type: 'taken' }
  | { readonly type: 'replayed' }
  /** `by`: the session that was heard. */
  | { readonly type: 'outdated'; readonly by: Session }

const taken: Hearing = { type: 'taken' }
const replayed: Hearing = { type: 'replayed' }

export class Senders {
  readonly #heard = new Map<NodeId, { readonly session: Session; counter: number }>()

  take(from: NodeId, session: Session, counter: number): Hearing {
    const heard = this.#heard.get(from)
    if (heard !== undefined) {
      const order = compareSessions(session, heard.session)
      if (order < 0) return { type: 'outdated', by: heard.session }
      if (order === 0 && counter <= heard.counter) return replayed
      this.#heard.delete(from)
    }
    this.#heard.set(from, { session, counter })
    if (this.#heard.size > maxSenders) {
      const [oldest] = this.#heard.keys()
      this.#heard.delete(oldest!)
    }
    return taken
  }
}

/** Negative: the first began earlier. */
function compareSessions(a: Session, b: Session): number {
  if (a.start !== b.start) return a.start - b.start
  return a.nonce < b.nonce ? -1 : a.nonce > b.nonce ? 1 : 0
}

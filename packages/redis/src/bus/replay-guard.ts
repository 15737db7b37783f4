// Remembers the last frame of each sender, so that a recorded frame cannot be replayed: counters grow within
// a session, and an older session cannot follow a newer one.
import type { NodeId } from '@oarlock/core'
import type { Session } from './frame.ts'

/** Beyond this number, the sender that was silent for the longest is forgotten. */
const maxSenders = 10_000

export type Verdict =
  | { readonly type: 'accepted' }
  | { readonly type: 'replayed' }
  /** `latest` is the newer session of the same sender. */
  | { readonly type: 'outdated'; readonly latest: Session }

const accepted: Verdict = { type: 'accepted' }
const replayed: Verdict = { type: 'replayed' }

export class ReplayGuard {
  readonly #last = new Map<NodeId, { readonly session: Session; readonly counter: number }>()

  check(from: NodeId, session: Session, counter: number): Verdict {
    const last = this.#last.get(from)
    if (last !== undefined) {
      const order = compareSessions(session, last.session)
      if (order < 0) return { type: 'outdated', latest: last.session }
      if (order === 0 && counter <= last.counter) return replayed
      this.#last.delete(from)
    }
    this.#last.set(from, { session, counter })
    if (this.#last.size > maxSenders) {
      const [oldest] = this.#last.keys()
      this.#last.delete(oldest!)
    }
    return accepted
  }
}

/** Negative if `a` began before `b`. */
function compareSessions(a: Session, b: Session): number {
  if (a.start !== b.start) return a.start - b.start
  return a.nonce < b.nonce ? -1 : a.nonce > b.nonce ? 1 : 0
}

// Remembers the last frame of each sender in each lane, so that a recorded frame cannot be replayed: counters
// grow within a lane of a session, and an older session cannot follow a newer one in any lane. Lanes overtake
// each other, so frames of an older session may also be late.
import type { NodeId } from '@oarlock/core'
import type { Lane } from '@oarlock/runtime'
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

interface LastFrames {
  readonly session: Session
  /** The last counter in each lane. 0: there was no frame. */
  readonly counters: Readonly<Record<Lane, number>>
}

const none: LastFrames['counters'] = { control: 0, bulk: 0 }

export class ReplayGuard {
  readonly #last = new Map<NodeId, LastFrames>()

  check(from: NodeId, lane: Lane, session: Session, counter: number): Verdict {
    const last = this.#last.get(from)
    const goesOn = last?.session.nonce === session.nonce
    const counters = goesOn ? last.counters : none
    // One process may start a newer session, and its counters go on.
    const order = last === undefined ? 1 : compareSessions(session, last.session)
    if (order < 0 && !goesOn) return { type: 'outdated', latest: last!.session }
    if (counter <= counters[lane]) return replayed
    this.#last.delete(from)
    this.#last.set(from, {
      session: order < 0 ? last!.session : session,
      counters: { ...counters, [lane]: counter },
    })
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

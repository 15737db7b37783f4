// What the table of sessions must decide (thesis §6.3), written a second time, without its limits and codecs:
// which commands take effect. It goes by the leader time in the log, which it computes as well.
import type { Entry, Millis } from '@oarlock/core'
import {
  bytesOf,
  decodeNumber,
  kindOf,
  plainCommand,
  sessionClosing,
  sessionOpening,
  storeCommand,
  storeSessionCommand,
  timeOf,
} from '@oarlock/runtime'
import { placeInSession } from '../machine/index.ts'

/** `repeated`: it took effect before. `refused`: its session is not there, or its client has gone on. */
export type Verdict = 'effect' | 'repeated' | 'refused'

interface ModelSession {
  readonly timeout: Millis
  usedAt: Millis
  acknowledged: number
  readonly applied: Set<number>
}

export class SessionModel {
  /** The greatest leader time so far. */
  leaderTime: Millis = 0
  /** What becomes of the store's commands in sessions, by their index. */
  readonly storeVerdicts: Map<number, Verdict> = new Map()
  readonly #sessions = new Map<number, ModelSession>()

  /** Takes in the next entry of the log. */
  next(entry: Entry): Verdict {
    const { type, data, index } = entry
    if (type !== 'normal' || data.length === 0) return 'effect'
    const now = Math.max(this.leaderTime, timeOf(data))
    this.leaderTime = now
    const kind = kindOf(data)
    if (kind === plainCommand || kind === storeCommand) return 'effect'
    if (kind === sessionOpening) {
      const timeout = decodeNumber(bytesOf(data))
      this.#sessions.set(index, { timeout, usedAt: now, acknowledged: 1, applied: new Set() })
      return 'effect'
    }
    if (kind === sessionClosing) {
      this.#sessions.delete(decodeNumber(bytesOf(data)))
      return 'effect'
    }
    const verdict = this.#command(entry, now)
    if (kind !== storeSessionCommand) return verdict
    this.storeVerdicts.set(index, verdict)
    // The state machine takes no notice of it.
    return 'effect'
  }

  #command(entry: Entry, now: Millis): Verdict {
    const { session, number, acknowledged } = placeInSession(entry)
    const found = this.#sessions.get(session)
    if (found === undefined || now > found.usedAt + found.timeout) {
      this.#sessions.delete(session)
      return 'refused'
    }
    found.usedAt = now
    found.acknowledged = Math.max(found.acknowledged, acknowledged)
    if (number < found.acknowledged) return 'refused'
    if (found.applied.has(number)) return 'repeated'
    found.applied.add(number)
    return 'effect'
  }
}

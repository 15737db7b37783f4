// Says in the log for how long the event loop was blocked, and what that means for the member.
import { duration, type Millis, type NodeId } from '@oarlock/core'
import type { Clock, EventLogger } from '../ports/index.ts'

/** For so long after a line there is none about a stall that is not much longer, in ms. */
const quietFor: Millis = 60_000
/** A stall that is so many times as long as the one in the last line is said at once. */
const muchLonger = 2

export interface StallsInit {
  readonly id: NodeId
  readonly electionTimeout: Millis
  /** The member has a thread of its own. */
  readonly isolated: boolean
  readonly clock: Clock
  readonly logger: EventLogger
}

export class Stalls {
  readonly #init: StallsInit
  #last: { readonly at: Millis; readonly delay: Millis } | null = null
  #omitted = 0

  constructor(init: StallsInit) {
    this.#init = init
  }

  stalled(delay: Millis): void {
    const { id, electionTimeout, clock, logger } = this.#init
    const now = clock.now()
    if (this.#last !== null && now < this.#last.at + quietFor && delay < muchLonger * this.#last.delay) {
      this.#omitted++
      return
    }
    const omitted = this.#omitted
    this.#last = { at: now, delay }
    this.#omitted = 0
    logger.warn(
      { event: 'stalled', id, delay: Math.round(delay), electionTimeout, omitted },
      stallText({ ...this.#init, delay, omitted }),
    )
  }
}

function stallText({
  id,
  delay,
  electionTimeout,
  isolated,
  omitted,
}: Pick<StallsInit, 'id' | 'electionTimeout' | 'isolated'> & {
  readonly delay: Millis
  readonly omitted: number
}): string {
  const what = isolated ? 'its thread was blocked' : 'its event loop was blocked'
  const timeout = duration(electionTimeout)
  const meaning =
    delay < electionTimeout
      ? `That is at least half of its election timeout (${timeout}). A leader that is blocked for longer than that loses its leadership.`
      : `That is longer than its election timeout (${timeout}). If it led, the others may have elected another leader meanwhile.`
  const advice = isolated
    ? 'The machine is short of processor time, or the state machine works for too long in one call.'
    : 'Do long work in pieces or elsewhere, give the machine more processor time, or give the member a thread of its own with the option isolate: true.'
  const others = omitted === 0 ? '' : ` More such delays since the last line: ${omitted}.`
  return `${id} did nothing for ${duration(delay)}: ${what}, or the process did not run. ${meaning} ${advice}${others}`
}

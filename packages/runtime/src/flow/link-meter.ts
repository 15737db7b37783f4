// Measures what the link to one peer carries, and how many bytes of entries should be in flight to it: the
// measured rate, times the round trip and a short queue. So a slow link has no long queue of entries, which
// would delay everything, and a fast or long one is kept full (compare BBR: Cardwell et al., 2016).
import type { Index, Millis } from '@oarlock/core'
import { Recent } from './recent.ts'

export interface FlowLimits {
  /** The bytes that may always be in flight. */
  readonly least: number
  /** The queue that the entries in flight may form, in ms of the link's rate. */
  readonly queue: Millis
  readonly most: number
}

/** How long the greatest rate counts, and the shortest round trip. */
const rateMemory: Millis = 2000
const roundTripMemory: Millis = 10_000

interface Sent {
  readonly last: Index
  readonly bytes: number
  readonly at: Millis
  /** The bytes that had been acknowledged by then. */
  readonly delivered: number
}

/** The bytes that should be in flight on a link of this rate, in bytes a ms, and this round trip. */
export function windowFor(rate: number, roundTrip: Millis, { least, queue, most }: FlowLimits): number {
  return Math.min(most, Math.max(least, Math.ceil(rate * (roundTrip + queue))))
}

export class LinkMeter {
  readonly #limits: FlowLimits
  readonly #rate: Recent = new Recent(rateMemory, Math.max)
  readonly #roundTrip: Recent = new Recent(roundTripMemory, Math.min)
  #sent: Sent[] = []
  #head = 0
  #delivered = 0
  #window: number

  constructor(limits: FlowLimits) {
    this.#limits = limits
    this.#window = windowFor(0, 0, limits)
  }

  /** The bytes that should be in flight. */
  get window(): number {
    return this.#window
  }

  /** The bytes of entries that were sent and not acknowledged. */
  get inFlight(): number {
    let bytes = 0
    for (let i = this.#head; i < this.#sent.length; i++) bytes += this.#sent[i]!.bytes
    return bytes
  }

  /** Entries up to `last` were sent. */
  sent(last: Index, bytes: number, at: Millis): void {
    const before = this.#sent.at(-1)?.last
    // A copy. Its answer will be taken for one to the first, which is at most too slow (compare Karn, 1987).
    if (last === before) return
    if (before !== undefined && last < before) this.forget()
    this.#sent.push({ last, bytes, at, delivered: this.#delivered })
  }

  /** The peer has everything up to `upTo`. */
  acknowledged(upTo: Index, now: Millis): void {
    let newest: Sent | null = null
    while (this.#head < this.#sent.length && this.#sent[this.#head]!.last <= upTo) {
      newest = this.#sent[this.#head++]!
      this.#delivered += newest.bytes
    }
    if (newest === null) return
    if (this.#head * 2 > this.#sent.length) {
      this.#sent = this.#sent.slice(this.#head)
      this.#head = 0
    }
    const roundTrip = now - newest.at
    if (roundTrip <= 0) return
    this.#roundTrip.add(roundTrip, now)
    this.#rate.add((this.#delivered - newest.delivered) / roundTrip, now)
    this.#window = windowFor(this.#rate.best!, this.#roundTrip.best!, this.#limits)
  }

  /** What is in flight is lost, or of an earlier leadership. */
  forget(): void {
    this.#sent = []
    this.#head = 0
  }
}

// What waits to be sent on each directed link. Each lane of a link has a queue of its own, as it has a
// connection of its own (laneOf of @oarlock/runtime): messages wait for those before them in their lane only.
import type { Message, Payload } from '@oarlock/core'
import { laneOf, lanes } from '@oarlock/runtime'

/**
 * Commands of simulated clients have tens of bytes where others have thousands, so all that surrounds them,
 * and every short message, counts as one byte.
 */
const SHORT = 1

/** The bytes that a message takes on a link with a rate. */
export function bytesOnLink(message: Message): number {
  return message.type === 'append' || message.type === 'propose' ? SHORT + bytesOf(message.entries) : SHORT
}

export const bytesOf = (entries: readonly Pick<Payload, 'data'>[]): number =>
  entries.reduce((sum, { data }) => sum + data.length, 0)

/** The time of a message without entries, in ms, on a link of this rate. */
export const shortMessageTime = (rate: number): number => SHORT / rate

export class LinkQueues {
  /** The bytes that each link carries in each lane, in bytes a ms. */
  readonly #rates: Float64Array
  #limit = Number.POSITIVE_INFINITY
  #unlimited: boolean
  /** When each lane of each link has sent what waits. */
  readonly #freeAt: Float64Array

  /** `rates`: of each link, in bytes a ms. */
  constructor(rates: Float64Array) {
    this.#rates = rates
    this.#unlimited = rates.every((rate) => rate === Number.POSITIVE_INFINITY)
    this.#freeAt = new Float64Array(rates.length * lanes.length)
  }

  /** From now on no link carries more than this, in bytes a ms. */
  limit(rate: number): void {
    this.#limit = rate
    this.#unlimited = [rate, ...this.#rates].every((each) => each === Number.POSITIVE_INFINITY)
  }

  /** The number of a link's queue for this message. */
  queueOf(link: number, message: Message): number {
    return link * lanes.length + lanes.indexOf(laneOf(message))
  }

  /** How long a message waits for those before it, and is being sent, in ms. */
  add(link: number, message: Message, now: number): number {
    if (this.#unlimited) return 0
    const queue = this.queueOf(link, message)
    const rate = Math.min(this.#limit, this.#rates[link]!)
    this.#freeAt[queue] = Math.max(now, this.#freeAt[queue]!) + bytesOnLink(message) / rate
    return this.#freeAt[queue] - now
  }

  /** The time until all that waits now is sent, in ms. What waited when a limit was lifted still does. */
  backlog(now: number): number {
    return Math.max(0, this.#freeAt.reduce((a, b) => Math.max(a, b)) - now)
  }
}

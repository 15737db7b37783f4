// The append messages in flight to one follower: a window, limited in messages and in bytes (thesis §10.2.2,
// pipelining).
import { invariant } from '../invariant.ts'
import type { Index } from '../types.ts'

interface Sent {
  /** The last entry of the message. */
  readonly last: Index
  readonly bytes: number
}

/** `maxBytes` 0: no limit. */
export function windowIsFull(count: number, bytes: number, maxMessages: number, maxBytes: number): boolean {
  return count >= maxMessages || (maxBytes > 0 && bytes >= maxBytes)
}

export class Inflight {
  readonly #maxMessages: number
  /** 0: no limit. */
  maxBytes: number
  #sent: Sent[] = []
  #head = 0
  /** Of appends that are counted, and of the copies of a probe. */
  bytes = 0

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages
    this.maxBytes = maxBytes
  }

  get count(): number {
    return this.#sent.length - this.#head
  }

  get full(): boolean {
    return windowIsFull(this.count, this.bytes, this.#maxMessages, this.maxBytes)
  }

  add(last: Index, bytes: number): void {
    invariant(!this.full, 'the window is full')
    this.#sent.push({ last, bytes })
    this.bytes += bytes
  }

  /** The follower has everything up to `upTo`. */
  freeUpTo(upTo: Index): void {
    while (this.#head < this.#sent.length && this.#sent[this.#head]!.last <= upTo)
      this.bytes -= this.#sent[this.#head++]!.bytes
    if (this.#head * 2 > this.#sent.length) {
      this.#sent = this.#sent.slice(this.#head)
      this.#head = 0
    }
  }

  clear(): void {
    this.#sent = []
    this.#head = 0
    this.bytes = 0
  }
}

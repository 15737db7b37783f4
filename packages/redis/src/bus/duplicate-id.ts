// Finds out whether another process uses this one's id, by a question on their common channel. If two
// processes ask at the same time, the one with the smaller nonce gets the id.
import type { Millis } from '@oarlock/core'
import { BusKind, type Session } from './frame.ts'

/** A process that answers at all answers within this time. */
const answerTimeout: Millis = 500

export class DuplicateIdCheck {
  readonly #nonce: string
  readonly #publish: (kind: number, body: Uint8Array) => Promise<unknown>
  #ownsId = false
  /** Called when the answer arrives. Null: no question is open. */
  #onTaken: (() => void) | null = null

  constructor(nonce: string, publish: (kind: number, body: Uint8Array) => Promise<unknown>) {
    this.#nonce = nonce
    this.#publish = publish
  }

  /** From now on, other processes that ask are told that the id is taken. */
  claim(): void {
    this.#ownsId = true
  }

  /** Rejects if the question cannot be sent. */
  async isTaken(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<boolean>((resolve, reject) => {
        this.#onTaken = () => resolve(true)
        timer = setTimeout(resolve, answerTimeout, false)
        this.#publish(BusKind.probe, Buffer.from(this.#nonce)).catch(reject)
      })
    } finally {
      clearTimeout(timer)
      this.#onTaken = null
    }
  }

  /**
   * A frame from another process with this id. An answer names the nonce of the question, so an old answer
   * has no effect.
   */
  received(kind: number, body: Uint8Array, from: Session): void {
    const nonce = Buffer.from(body).toString()
    if (kind === BusKind.taken && nonce === this.#nonce) this.#onTaken?.()
    if (kind !== BusKind.probe || nonce !== from.nonce) return
    if (this.#ownsId || (this.#onTaken !== null && this.#nonce < nonce))
      this.#publish(BusKind.taken, body).catch(() => {})
  }
}

// Whether another process goes by this one's id: it is asked on their common channel. Two that ask at once agree that the one
// whose session began first has it.
import type { Millis } from '@oarlock/core'
import { BusKind, type Session } from './frame.ts'

/** Who has the id answers within this time, if it answers at all. */
const patience: Millis = 500

export class IdClaim {
  readonly #nonce: string
  readonly #publish: (kind: number, body: Uint8Array) => Promise<unknown>
  #isEstablished = false
  #contested: (() => void) | null = null

  constructor(nonce: string, publish: (kind: number, body: Uint8Array) => Promise<unknown>) {
    this.#nonce = nonce
    this.#publish = publish
  }

  establish(): void {
    this.#isEstablished = true
  }

  /** Rejects if it cannot be asked. */
  async isContested(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<boolean>((resolve, reject) => {
        this.#contested = () => resolve(true)
        timer = setTimeout(resolve, patience, false)
        this.#publish(BusKind.probe, Buffer.from(this.#nonce)).catch(reject)
      })
    } finally {
      clearTimeout(timer)
      this.#contested = null
    }
  }

  /** What somebody of the same id has sent. The answer names who asked, so that it cannot be an old one. */
  heard(kind: number, body: Uint8Array, from: Session): void {
    const nonce = Buffer.from(body).toString()
    if (kind === BusKind.taken && nonce === this.#nonce) this.#contested?.()
    if (kind !== BusKind.probe || nonce !== from.nonce) return
    // Of two that ask, either sees the other's question; the one with the lesser nonce has asked first, let us say.
    if (this.#isEstablished || (this.#contested !== null && this.#nonce < nonce))
      this.#publish(BusKind.taken, body).catch(() => {})
  }
}

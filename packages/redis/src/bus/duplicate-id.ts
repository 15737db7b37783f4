// Finds out whether another process uses this one's id, by a question on their common channel. If two
// processes ask at the same time, the one with the smaller nonce gets the id.
import type { Millis } from '@oarlock/core'
import { ByteReader, ByteWriter, stringSize } from 'oarlock/wire'
import { BusKind, type Session } from './frame.ts'

/** A process that answers at all answers within this time. */
const answerTimeout: Millis = 500
/** The most early questions that are kept. */
const maxEarly = 16

export interface DuplicateIdCheckInit {
  readonly publish: (kind: number, body: Uint8Array) => Promise<unknown>
  /** What this process says of itself. */
  readonly about: () => Uint8Array
  /** Another process wanted the id of this one, and was told that it is taken. */
  readonly refused: (about: Uint8Array) => void
}

export class DuplicateIdCheck {
  readonly #nonce: string
  readonly #init: DuplicateIdCheckInit
  #ownsId = false
  /** Called when the answer arrives. Null: no question is open. */
  #onTaken: ((owner: Uint8Array) => void) | null = null
  /**
   * Questions that came before it was known whether this process owns the id, by their nonces. Some of them were
   * answered, by the nonce.
   */
  readonly #early = new Map<string, Uint8Array>()

  constructor(nonce: string, init: DuplicateIdCheckInit) {
    this.#nonce = nonce
    this.#init = init
  }

  /** From now on, other processes that ask are told that the id is taken. */
  claim(): void {
    this.#ownsId = true
    this.#answerEarly()
  }

  /** What the other process says of itself. Null: there is none. Rejects if the question cannot be sent. */
  async owner(): Promise<Uint8Array | null> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<Uint8Array | null>((resolve, reject) => {
        this.#onTaken = resolve
        timer = setTimeout(resolve, answerTimeout, null)
        this.#init.publish(BusKind.probe, this.#body(this.#nonce)).catch(reject)
        this.#answerEarly()
      })
    } finally {
      clearTimeout(timer)
      this.#onTaken = null
    }
  }

  /**
   * A frame from another process with this id. An answer names the nonce of the question, so an old answer
   * has no effect. Throws DecodeError.
   */
  received(kind: number, body: Uint8Array, from: Session): void {
    const reader = new ByteReader(body)
    const nonce = reader.string()
    const about = reader.bytes()
    if (kind === BusKind.taken && nonce === this.#nonce) this.#onTaken?.(about)
    if (kind !== BusKind.probe || nonce !== from.nonce) return
    if (!this.#ownsId && this.#early.size < maxEarly) this.#early.set(nonce, about)
    if (this.#ownsId || this.#onTaken !== null) this.#answer(nonce, about)
  }

  #answerEarly(): void {
    for (const [nonce, about] of this.#early) this.#answer(nonce, about)
    if (this.#ownsId) this.#early.clear()
  }

  #answer(nonce: string, about: Uint8Array): void {
    if (!this.#ownsId && this.#nonce >= nonce) return
    this.#init.publish(BusKind.taken, this.#body(nonce)).catch(() => {})
    if (this.#ownsId) this.#init.refused(about)
  }

  #body(nonce: string): Uint8Array {
    const about = this.#init.about()
    const to = new ByteWriter(stringSize(nonce) + 4 + about.length)
    to.string(nonce)
    to.bytes(about)
    return to.buffer
  }
}

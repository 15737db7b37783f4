// How long what was replaced can be read. The leader remembers which revision the store had when, by its own clock, and
// proposes compactions. A new leader begins to remember anew, so some history stays longer.
import type { Millis } from '@oarlock/core'
import type { StorePort } from '@oarlock/runtime'
import { encodeRequest } from '../codec/index.ts'
import type { KeySpace } from '../model/key-space.ts'
import type { Revision } from '../model/requests.ts'

/** History is cut in so many steps while it is kept. */
const steps = 16

type Port = Pick<StorePort, 'clock' | 'leadership' | 'proposeOnce'>

export class HistoryKeeper {
  readonly #port: Port
  readonly #keys: KeySpace
  readonly #keep: Millis
  #fence = 0
  /** The revision at some times, oldest first. */
  #known: { readonly at: Millis; readonly revision: Revision }[] = []
  #cancelTimer: (() => void) | null = null

  /** `keep`: in ms. Infinity: all of it is kept. */
  constructor(port: Port, keys: KeySpace, keep: Millis) {
    this.#port = port
    this.#keys = keys
    this.#keep = keep
  }

  /** A turn of the member has ended. */
  follow(): void {
    const fence = this.#port.leadership?.fence ?? 0
    if (fence === this.#fence || this.#keep === Number.POSITIVE_INFINITY) return
    this.#fence = fence
    this.close()
    if (fence !== 0) this.#look()
  }

  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#known = []
  }

  #look(): void {
    const { clock } = this.#port
    const now = clock.now()
    this.#known.push({ at: now, revision: this.#keys.revision })
    const old = this.#known.findLastIndex(({ at }) => at <= now - this.#keep)
    if (old >= 0) {
      const { revision } = this.#known[old]!
      this.#known.splice(0, old)
      if (revision > Math.max(1, this.#keys.compacted)) this.#compact(revision)
    }
    this.#cancelTimer = clock.at(now + this.#keep / steps, () => this.#look())
  }

  #compact(revision: Revision): void {
    // If it is lost, the next one does the same.
    this.#port.proposeOnce(encodeRequest({ type: 'compact', revision }), { resolve() {}, reject() {} })
  }
}

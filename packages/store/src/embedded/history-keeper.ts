// How long what was replaced can be read. The leader remembers which revision the store had when, by its own clock, and
// proposes compactions. A new leader begins to remember anew, so some history stays longer. If it fills the store, half
// of it goes sooner.
import type { Millis } from '@oarlock/core'
import type { StorePort } from '@oarlock/runtime'
import type { Revision } from '../model/requests.ts'
import type { StoreState } from '../model/store-state.ts'
import { OneProposal, type ProposalPort } from './one-proposal.ts'

/** History is cut in so many steps while it is kept. */
const steps = 16

/** Of the bytes that the store may have: when there are so many, and so many of them are history. */
const pressing = { all: 0.75, history: 0.25 }

type Port = ProposalPort & Pick<StorePort, 'leadership'>

export class HistoryKeeper {
  readonly #port: Port
  readonly #state: StoreState
  readonly #keep: Millis
  #fence = 0
  /** The revision at some times, oldest first. */
  #known: { readonly at: Millis; readonly revision: Revision }[] = []
  #cancelTimer: (() => void) | null = null
  readonly #proposal: OneProposal

  /** `keep`: in ms. Infinity: all of it is kept. */
  constructor(port: Port, state: StoreState, keep: Millis) {
    this.#port = port
    this.#state = state
    this.#keep = keep
    this.#proposal = new OneProposal(port)
  }

  /** A turn of the member has ended. */
  follow(): void {
    const fence = this.#port.leadership?.fence ?? 0
    if (this.#keep === Number.POSITIVE_INFINITY) return
    if (fence !== 0 && this.#isPressing) this.#cutHalf()
    if (fence === this.#fence) return
    this.#fence = fence
    this.#forget()
    if (fence !== 0) this.#look()
  }

  get #isPressing(): boolean {
    const { keys, limits } = this.#state
    const { bytes, liveBytes } = keys
    return bytes > pressing.all * limits.bytes && bytes - liveBytes > pressing.history * limits.bytes
  }

  #cutHalf(): void {
    const { revision, compacted } = this.#state.keys
    this.#compact(Math.ceil((compacted + revision) / 2))
  }

  close(): void {
    this.#forget()
    this.#proposal.close()
  }

  #forget(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#known = []
  }

  #look(): void {
    const { clock } = this.#port
    const { keys } = this.#state
    const now = clock.now()
    this.#known.push({ at: now, revision: keys.revision })
    const old = this.#known.findLastIndex(({ at }) => at <= now - this.#keep)
    if (old >= 0) {
      const { revision } = this.#known[old]!
      this.#known.splice(0, old)
      if (revision > Math.max(1, keys.compacted)) this.#compact(revision)
    }
    this.#cancelTimer = clock.at(now + this.#keep / steps, () => this.#look())
  }

  #compact(revision: Revision): void {
    // If it is lost, the next one does the same.
    if (this.#proposal.mayPropose) this.#proposal.propose({ type: 'compact', revision })
  }
}

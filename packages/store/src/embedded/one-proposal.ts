// What the leader proposes by itself: one command at a time. If one fails, the next waits: the leader may have no room
// for it, and would be asked again in every turn.
import type { StorePort } from '@oarlock/runtime'
import { encodeRequest, type Request } from '../codec/index.ts'

export type ProposalPort = Pick<StorePort, 'clock' | 'electionTimeout' | 'proposeOnce'>

export class OneProposal {
  readonly #port: ProposalPort
  #isUnderWay = false
  #cancelTimer: (() => void) | null = null

  constructor(port: ProposalPort) {
    this.#port = port
  }

  get mayPropose(): boolean {
    return !this.#isUnderWay
  }

  /** Only if it may. */
  propose(request: Request): void {
    const { clock, electionTimeout, proposeOnce } = this.#port
    this.#isUnderWay = true
    const again = (): void => {
      this.#isUnderWay = false
      this.#cancelTimer = null
    }
    proposeOnce(encodeRequest(request), {
      resolve: again,
      reject: () => {
        this.#cancelTimer = clock.at(clock.now() + electionTimeout, again)
      },
    })
  }

  close(): void {
    this.#cancelTimer?.()
  }
}

// The limits of the store are part of it, so that every member refuses alike what is too much. The leader brings them in
// line with its own option, once there is something in the store.
import type { StorePort } from '@oarlock/runtime'
import type { StoreLimits } from '../model/requests.ts'
import type { StoreState } from '../model/store-state.ts'
import { OneProposal, type ProposalPort } from './one-proposal.ts'

type Port = ProposalPort & Pick<StorePort, 'leadership'>

export class LimitKeeper {
  readonly #port: Port
  readonly #state: StoreState
  readonly #limits: StoreLimits
  readonly #proposal: OneProposal

  constructor(port: Port, state: StoreState, limits: StoreLimits) {
    this.#port = port
    this.#state = state
    this.#limits = limits
    this.#proposal = new OneProposal(port)
  }

  /** A turn of the member has ended. */
  follow(): void {
    if (this.#port.leadership === null || !this.#proposal.mayPropose) return
    if (this.#state.isUntouched || isSame(this.#state.limits, this.#limits)) return
    this.#proposal.propose({ type: 'limit', limits: this.#limits })
  }

  close(): void {
    this.#proposal.close()
  }
}

const isSame = (a: StoreLimits, b: StoreLimits): boolean =>
  a.keys === b.keys && a.bytes === b.bytes && a.leases === b.leases

// The limits of the store are part of it, so that every member refuses alike what is too much. The leader brings them in
// line with its own option, once there is something in the store.
import type { StorePort } from '@oarlock/runtime'
import { encodeRequest } from '../codec/index.ts'
import type { StoreLimits } from '../model/requests.ts'
import type { StoreState } from '../model/store-state.ts'

export class LimitKeeper {
  readonly #port: Pick<StorePort, 'leadership' | 'proposeOnce'>
  readonly #state: StoreState
  readonly #limits: StoreLimits
  #isUnderWay = false

  constructor(port: Pick<StorePort, 'leadership' | 'proposeOnce'>, state: StoreState, limits: StoreLimits) {
    this.#port = port
    this.#state = state
    this.#limits = limits
  }

  /** A turn of the member has ended. */
  follow(): void {
    if (this.#isUnderWay || this.#port.leadership === null) return
    if (this.#state.isUntouched || isSame(this.#state.limits, this.#limits)) return
    this.#isUnderWay = true
    const end = (): void => {
      this.#isUnderWay = false
    }
    this.#port.proposeOnce(encodeRequest({ type: 'limit', limits: this.#limits }), {
      resolve: end,
      reject: end,
    })
  }
}

const isSame = (a: StoreLimits, b: StoreLimits): boolean =>
  a.keys === b.keys && a.bytes === b.bytes && a.leases === b.leases

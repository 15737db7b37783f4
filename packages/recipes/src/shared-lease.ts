// One lease for all that this process holds by recipes of one time to live. It is granted when it is needed first.
import type { Millis } from '@oarlock/core'
import type { Lease, Store } from '@oarlock/store'

export class SharedLease {
  readonly #kv: Store
  readonly #ttl: Millis
  #granting: Promise<Lease> | null = null
  #lease: Lease | null = null

  constructor(kv: Store, ttl: Millis) {
    this.#kv = kv
    this.#ttl = ttl
  }

  /** A lease that is held. Rejects as `Store.lease` does. */
  get(): Promise<Lease> {
    if (this.#lease?.held === true) return Promise.resolve(this.#lease)
    this.#granting ??= this.#grant()
    return this.#granting
  }

  /** Ends it, and all that is held with it. */
  async close(): Promise<void> {
    await this.#lease?.revoke().catch(() => {})
  }

  async #grant(): Promise<Lease> {
    try {
      this.#lease = await this.#kv.lease(this.#ttl)
      return this.#lease
    } finally {
      this.#granting = null
    }
  }
}

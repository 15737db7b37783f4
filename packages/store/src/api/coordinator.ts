// What every way to the cluster offers: a member, a client, or another system behind the same interface.
import type { Store } from './store.ts'

export interface Coordinator {
  /** The replicated store. */
  readonly kv: Store
}

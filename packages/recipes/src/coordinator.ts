// What every way to the cluster offers: a member, a client, or another system behind the same interface.
import type { Store } from '@oarlock/store'
import type { NamedElection } from './election/index.ts'
import type { Lock } from './lock/index.ts'
import type { NamedElectionOptions, RecipeOptions } from './recipes.ts'

export interface Coordinator {
  /** The replicated store. */
  readonly kv: Store
  /**
   * The election of this name. The same object for the same name, until it is closed. Throws InvalidOptionsError or
   * MemberClosedError.
   */
  election(name: string, options?: NamedElectionOptions): NamedElection
  /** The lock of this name. Throws InvalidOptionsError or MemberClosedError. */
  lock(name: string, options?: RecipeOptions): Lock
}

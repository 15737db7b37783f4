// What every way to the cluster offers: a member, a client, or another system behind the same interface.
import type { Store } from '@oarlock/store'
import type { NamedElection } from './election/index.ts'
import type { Lock, ReadWriteLock } from './lock/index.ts'
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
  /** The lock of this name for readers and writers. Throws InvalidOptionsError or MemberClosedError. */
  readWriteLock(name: string, options?: RecipeOptions): ReadWriteLock
  /**
   * At most `permits` hold it at a time. Give the same number everywhere: where they differ, the smaller one counts for who
   * comes later. Throws InvalidOptionsError or MemberClosedError.
   */
  semaphore(name: string, permits: number, options?: RecipeOptions): Lock
}

// The state machine of runs without a user's own: a running hash of everything that was applied, in order. At
// the same index two of them hold the same state only if they have applied the same entries.
import type { Entry } from '@oarlock/core'
import type { EntryMachine } from './entry-machine.ts'

const emptyState = 0x811c9dc5

export class HashChain implements EntryMachine {
  #state: number = emptyState

  /** The result is the state, which depends on everything before. */
  apply({ index: at, type, data }: Entry): number {
    let hash = Math.imul(this.#state ^ at, 0x01000193) ^ (type === 'normal' ? 1 : 2)
    for (let i = 0; i < data.length; i++) hash = Math.imul(hash ^ data[i]!, 0x01000193)
    this.#state = hash ^ (hash >>> 15)
    return this.#state
  }

  /** There are no queries without a user's machine. */
  ask(): void {}

  snapshot(): number {
    return this.#state
  }

  restore(state: unknown): void {
    this.#state = state as number
  }

  digest(): number {
    return this.#state
  }
}

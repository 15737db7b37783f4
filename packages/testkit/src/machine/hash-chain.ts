// The state machine of runs that bring none of their own: a running hash of everything that was applied, in its order. Two of
// them that are at the same index hold the same state exactly when they have applied the same entries.
import type { Entry } from '@oarlock/core'
import type { EntryMachine } from './machine.ts'

const emptyState = 0x811c9dc5

export class HashChain implements EntryMachine {
  #state: number = emptyState

  /** The state is the result, too: it depends on everything before. */
  apply({ index: at, type, data }: Entry): number {
    let hash = Math.imul(this.#state ^ at, 0x01000193) ^ (type === 'normal' ? 1 : 2)
    for (let i = 0; i < data.length; i++) hash = Math.imul(hash ^ data[i]!, 0x01000193)
    this.#state = hash ^ (hash >>> 15)
    return this.#state
  }

  /** Nobody asks it anything. */
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

// The state machine: a running hash of everything that was applied, in its order. Two of them that are at the same index hold
// the same state exactly when they have applied the same entries, which is all that a checker wants to know of a state.
import { type Entry, type Index, index } from '@oarlock/core'
import type { Snapshot } from './snapshot.ts'

export const emptyState = 0x811c9dc5

/** The state after one more entry. */
export function stateAfter(state: number, { index: at, type, data }: Entry): number {
  let hash = Math.imul(state ^ at, 0x01000193) ^ (type === 'normal' ? 1 : 2)
  for (let i = 0; i < data.length; i++) hash = Math.imul(hash ^ data[i]!, 0x01000193)
  return hash ^ (hash >>> 15)
}

export class Machine {
  /** The last entry that was applied, itself or by a snapshot. */
  index: Index = index(0)
  state: number = emptyState

  apply(entry: Entry): void {
    this.state = stateAfter(this.state, entry)
    this.index = entry.index
  }

  /** Null: nothing was ever applied. */
  restore(snapshot: Snapshot | null): void {
    this.index = snapshot?.index ?? index(0)
    this.state = snapshot?.state ?? emptyState
  }
}

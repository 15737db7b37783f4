import type { Entry, Millis } from '@oarlock/core'

/** A state machine that applies entries as they stand in the log. It knows nothing of sessions. */
export interface EntryMachine {
  apply(entry: Entry, leaderTime: Millis): unknown
  ask(query: unknown): unknown
  /** Entries that are applied later must not change it. */
  snapshot(): unknown
  restore(state: unknown): void
  /** Equal for equal states. */
  digest(): number | string
}

/** Makes a new, empty machine for each replica. */
export type MachineFactory = () => EntryMachine

// What a log should hold after some writes, as plain values that tests compare with what they read back.
import { type Entry, type HardState, index, type Persist } from '@oarlock/core'
import type { OpenedLog } from '../../src/index.ts'

/** What a log holds, as values that compare with `toEqual`. */
export interface State {
  readonly hardState: HardState
  readonly entries: readonly string[]
}

/** What a write makes of it. */
export function stateAfter({ hardState, entries }: State, persist: Persist): State {
  const first = persist.entries[0]
  return {
    hardState: persist.hardState ?? hardState,
    entries:
      first === undefined
        ? entries
        : [...entries.slice(0, first.index - 1), ...persist.entries.map(entryAsText)],
  }
}

/** Everything that is in the log. */
export function contentsOf({ hardState, log }: OpenedLog): State {
  const entries =
    log.lastIndex < log.firstIndex
      ? []
      : log.entries(log.firstIndex, index(log.lastIndex + 1), Number.MAX_SAFE_INTEGER)
  return { hardState, entries: entries.map(entryAsText) }
}

/** The whole entry in one line. */
export function entryAsText({ index, term, type, data }: Entry): string {
  return `${index} ${term} ${type} ${Buffer.from(data).toString('hex')}`
}

// The state of a log as plain values, so that tests can compare it.
import { type Entry, type HardState, index, type Persist } from '@oarlock/core'
import type { OpenedLog } from '../../src/index.ts'

/** The content of a log, as values that `toEqual` compares. */
export interface State {
  readonly hardState: HardState
  readonly entries: readonly string[]
}

/** The state after a write. */
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

/** The whole content of a log. */
export function contentsOf({ hardState, log }: OpenedLog): State {
  const entries =
    log.lastIndex < log.firstIndex
      ? []
      : log.entries(log.firstIndex, index(log.lastIndex + 1), Number.MAX_SAFE_INTEGER)
  return { hardState, entries: entries.map(entryAsText) }
}

/** An entry as one line of text. */
export function entryAsText({ index, term, type, data }: Entry): string {
  return `${index} ${term} ${type} ${Buffer.from(data).toString('hex')}`
}

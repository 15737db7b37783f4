// The state of a log as plain values, so that tests can compare it.
import { type Entry, type HardState, type Index, index, type Persist, type SnapshotMeta } from '@oarlock/core'
import type { OpenedLog } from '../../src/index.ts'

/** The content of a log, as values that `toEqual` compares. */
export interface State {
  readonly hardState: HardState
  /** What the log begins after. */
  readonly snapshot: SnapshotMeta | null
  /** The entries after that. */
  readonly entries: readonly string[]
}

export const firstIndexOf = ({ snapshot }: State): number => (snapshot?.index ?? 0) + 1
export const lastIndexOf = (state: State): number => firstIndexOf(state) - 1 + state.entries.length

/** The state after a write. */
export function stateAfter(state: State, { hardState, entries, snapshot }: Persist): State {
  const before: State = snapshot === null ? state : { ...state, snapshot, entries: [] }
  const first = entries[0]
  return {
    hardState: hardState ?? before.hardState,
    snapshot: before.snapshot,
    entries:
      first === undefined
        ? before.entries
        : [...before.entries.slice(0, first.index - firstIndexOf(before)), ...entries.map(entryAsText)],
  }
}

/** The state after a compaction up to an entry that the log has. */
export function stateCompacted(state: State, to: SnapshotMeta): State {
  const kept = state.entries.slice(to.index + 1 - firstIndexOf(state))
  return { ...state, snapshot: to, entries: kept }
}

/** The whole content of a log. */
export function contentsOf({ hardState, log }: OpenedLog): State {
  const end = index(log.lastIndex + 1)
  const entries =
    log.lastIndex < log.firstIndex ? [] : log.entries(log.firstIndex, end, Number.MAX_SAFE_INTEGER)
  return { hardState, snapshot: log.snapshot, entries: entries.map(entryAsText) }
}

/** The term of an entry in a state. */
export function termIn(state: State, at: Index): number {
  return Number(state.entries[at - firstIndexOf(state)]!.split(' ')[1])
}

/** An entry as one line of text. */
export function entryAsText({ index, term, type, data }: Entry): string {
  return `${index} ${term} ${type} ${Buffer.from(data).toString('hex')}`
}

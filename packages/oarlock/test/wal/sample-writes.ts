// Writes for tests of log stores.
import { type Entry, type HardState, index, type NodeId, type Persist, term } from '@oarlock/core'

export function hardStateOf(inTerm: number, vote: NodeId | null = null, commit = 0): HardState {
  return { term: term(inTerm), vote, commit: index(commit) }
}

/** Entries from `first` on, one for each of `data`. */
export function entriesFrom(
  first: number,
  inTerm: number,
  ...data: readonly (string | Uint8Array)[]
): Entry[] {
  return data.map((item, i) => ({
    term: term(inTerm),
    index: index(first + i),
    type: 'normal',
    data: typeof item === 'string' ? new TextEncoder().encode(item) : item,
  }))
}

export function persistOf(
  part: Partial<Pick<Persist, 'hardState' | 'entries' | 'mustSync' | 'snapshot'>>,
): Persist {
  const write = { sequence: 0, term: term(0), last: null, snapshot: null }
  return { write, hardState: null, entries: [], snapshot: null, mustSync: true, thenSend: [], ...part }
}

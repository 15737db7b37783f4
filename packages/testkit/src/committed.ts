// The committed log as the observer knows it: the first to commit an index sets it for everybody and for ever.
import type { Entry, Term } from '@oarlock/core'

/** Byte for byte the same entry. The same object nearly always: nodes of one simulation share them. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (a === b) return true
  if (a.index !== b.index || a.term !== b.term || a.type !== b.type) return false
  if (a.data === b.data) return true
  if (a.data.length !== b.data.length) return false
  for (let at = 0; at < a.data.length; at++) if (a.data[at] !== b.data[at]) return false
  return true
}

export const place = ({ index, term }: Pick<Entry, 'index' | 'term'>): string => `${index}@${term}`

export class CommittedLog {
  /** `entries[i]` has index i + 1. */
  readonly entries: Entry[] = []
  /** The term of the node that was the first to commit it. */
  readonly committedIn: Term[] = []

  get length(): number {
    return this.entries.length
  }

  push(entry: Entry, term: Term): void {
    this.entries.push(entry)
    this.committedIn.push(term)
  }
}

// Entries and logs as text.
import type { EntryId } from '@oarlock/core'

/** `7@3`: index 7, of term 3. */
export const place = ({ index, term }: EntryId): string => `${index}@${term}`

/** All of them, or the first and the last if there are more than `most`. */
function listed(entries: readonly EntryId[], most: number): string[] {
  if (entries.length <= most) return entries.map(place)
  return [place(entries[0]!), '…', place(entries.at(-1)!)]
}

/** Entries that a message or a write carries. */
export function describeEntries(entries: readonly EntryId[]): string {
  if (entries.length === 0) return 'nothing'
  const count = entries.length > MOST_SENT ? ` (${entries.length})` : ''
  return `${listed(entries, MOST_SENT).join(' ')}${count}`
}

/** A log from its start on, with the entry that a snapshot stands for in brackets. */
export function describeLog(start: EntryId, entries: readonly EntryId[]): string {
  const compacted = start.index > 0 ? [`[… ${place(start)}]`] : []
  return [...compacted, ...listed(entries, MOST_STORED)].join(' ') || 'nothing'
}

const MOST_SENT = 6
const MOST_STORED = 24

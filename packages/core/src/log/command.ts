// Kinds of entries, and a search for one (paper §5.3: each entry has a command; no-ops and configurations
// have none).
import { type Entry, type Index, index } from '../types.ts'
import type { RaftLog } from './log.ts'

/**
 * An entry that was proposed for the state machine. A cluster that only elects has none
 * (RaftConfig.electionOnly).
 */
export function isCommand({ type, data }: Pick<Entry, 'type' | 'data'>): boolean {
  return type === 'normal' && data.length > 0
}

export function isConfiguration({ type }: Pick<Entry, 'type'>): boolean {
  return type === 'configuration'
}

/**
 * The first entry of [from, to) that is wanted. The range may be all of a long log, so it is read in pages of
 * `pageBytes`.
 */
export function findEntry(
  log: RaftLog,
  from: number,
  to: Index,
  pageBytes: number,
  isWanted: (entry: Entry) => boolean,
): Entry | undefined {
  for (let at = from; at < to; ) {
    const page = log.slice(index(at), to, pageBytes)
    if (page === undefined || page.length === 0) return undefined
    const found = page.find(isWanted)
    if (found !== undefined) return found
    at += page.length
  }
  return undefined
}

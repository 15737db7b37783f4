// The entries that are the state machine's, among those that are Raft's own (paper §5.3: each has a command; no-ops and configurations
// have none). A cluster that only elects has none of them (RaftConfig.electionOnly).
import { type Entry, index } from '../types.ts'
import type { RaftLog } from './log.ts'

/** An entry that somebody proposed, for the state machine. */
export function isCommand({ type, data }: Pick<Entry, 'type' | 'data'>): boolean {
  return type === 'normal' && data.length > 0
}

/** The first one of a log, which may be long: in pages that are short, since it may be all of it. */
export function firstCommand(log: RaftLog): Entry | undefined {
  const end = index(log.lastIndex + 1)
  // A page ends before the first entry of any size, or is that entry.
  for (let from = log.firstIndex; from < end; ) {
    const page = log.slice(from, end, 0)
    if (page === undefined || page.length === 0) return undefined
    const found = page.find(isCommand)
    if (found !== undefined) return found
    from = index(from + page.length)
  }
  return undefined
}

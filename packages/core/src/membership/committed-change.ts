// Whose vote a candidate needs it knows from the configuration in force with it, and that may be an old one: configurations take effect
// when they are applied, and what is committed it hears from leaders alone. Where the old one counts on voters that are gone for
// good, or on a leader that removed itself and left with a longer log than anybody's (thesis §4.2.2), it would never be elected; and as
// long as it stands first in every term, nobody would.
//
// So voters say, with their answers, up to where they know the log to be committed. A candidate that finds a change of the membership in
// that part of its log knows more than it did: it applies the change, and asks those whose votes it needs.
import { holds } from '../log/match.ts'
import type { PreVoteResponse, VoteResponse } from '../message.ts'
import type { Node } from '../node.ts'
import { type EntryId, index } from '../types.ts'

/** What an answer to a candidate says of the log. */
export function committedToTell({ log }: Node): { committed?: EntryId } {
  const at = log.commit
  const termThere = log.termAt(at)
  return termThere === undefined || at === 0 ? {} : { committed: { term: termThere, index: at } }
}

/**
 * Whoever holds a committed entry holds all before it, too (log matching): they are committed. A candidate that finds a change among
 * them stands no more: it does not know yet whose votes it needs.
 */
export function learnCommitted(node: Node, { committed }: VoteResponse | PreVoteResponse): void {
  const { log, role } = node
  if (committed === undefined || role === 'leader' || committed.index <= log.commit) return
  if (!holds(log, committed) || !hasChangeUpTo(node, committed.index)) return
  log.commitTo(committed.index)
  if (role !== 'follower') node.becomeFollower(node.term, null)
}

function hasChangeUpTo({ log, config }: Node, last: number): boolean {
  for (let from = index(log.commit + 1); from <= last; ) {
    const page = log.slice(from, index(last + 1), config.maxApplyingBytes) ?? []
    if (page.some(({ type }) => type === 'configuration')) return true
    if (page.length === 0) return false
    from = index(from + page.length)
  }
  return false
}

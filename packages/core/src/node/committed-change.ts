// How a candidate learns of a committed change of the membership (thesis §4.2.2).
//
// A candidate counts votes by its configuration in force, which may be old: a configuration takes effect when
// it is applied, and only leaders tell what is committed. An old configuration may count on voters that are
// gone for good, or on a leader that removed itself and left with a longer log than any other. Such a
// candidate would never be elected, and as long as it stands first in every term, no other would be either.
//
// So voters say with their answers up to where they know the log to be committed. A candidate that finds a
// change of the membership in that part of its log applies it, and asks the voters of the new configuration.
import { holds } from '../log/index.ts'
import type { PreVoteResponse, VoteResponse } from '../message.ts'
import type { EntryId } from '../types.ts'
import { findChange } from './find-change.ts'
import type { Node } from './node.ts'

/** What an answer to a candidate says of the log. */
export function committedToTell({ log }: Node): { committed?: EntryId } {
  const at = log.commit
  const termThere = log.termAt(at)
  return termThere === undefined || at === 0 ? {} : { committed: { term: termThere, index: at } }
}

/**
 * By log matching a node that holds a committed entry holds every entry before it. A candidate that finds a
 * change among these stands no more, as it does not know yet whose votes it needs. It learns no more than
 * that from a voter.
 */
export function learnCommitted(node: Node, { committed }: VoteResponse | PreVoteResponse): void {
  const { log, role } = node
  if (committed === undefined || role === 'leader' || committed.index <= log.commit) return
  if (!holds(log, committed) || findChange(node, log.commit, committed.index) === undefined) return
  log.commitTo(committed.index)
  if (role !== 'follower') node.becomeFollower(node.term, null)
}

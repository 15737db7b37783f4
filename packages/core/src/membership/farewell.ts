// What a voter that was removed still owes to those who stay (thesis §4.2.2; configurations take effect when they are applied).
//
// A leader that removes itself appends entries until its removal is applied, and leaves with a longer log than anybody's. Those who
// have the removal in their logs, but do not know that it is committed, count on its vote, and it may not give it: nobody would
// ever be elected. So it tells them, with its refusal, up to where it knows the log to be committed: they apply the removal, and
// need its vote no more.
import { holds } from '../log/match.ts'
import type { PreVoteResponse, VoteResponse } from '../message.ts'
import type { Node } from '../node.ts'
import type { EntryId } from '../types.ts'
import { hasUnappliedChange } from './activate.ts'
import { isVoter } from './configuration.ts'

/** What a refusal says of the log: nothing, from a voter. */
export function committedToTell({ configuration, id, log, rules }: Node): { committed?: EntryId } {
  const at = log.commit
  const termThere = log.termAt(at)
  if (!rules.tellsWhatIsCommitted(isVoter(configuration, id)) || termThere === undefined || at === 0)
    return {}
  return { committed: { term: termThere, index: at } }
}

/** Only one who is removed: for voters the refusal says enough, since some of them can be elected. */
export function tellsWhatIsCommitted(isVoter: boolean): boolean {
  return !isVoter
}

/**
 * Whoever holds a committed entry holds all before it, too (log matching): they are committed. A candidate that finds a change among
 * them stands no more: it does not know yet whose votes it needs.
 */
export function learnCommitted(node: Node, { committed }: VoteResponse | PreVoteResponse): void {
  const { log, role } = node
  if (committed === undefined || role === 'leader' || committed.index <= log.commit) return
  if (!holds(log, committed)) return
  log.commitTo(committed.index)
  if (role !== 'follower' && hasUnappliedChange(node)) node.becomeFollower(node.term, null)
}

// Log matching: which entries of a message are new, and how far they may be acknowledged and committed (paper
// §5.3, §5.4.2, figure 2).
import type { WriteId } from '../effect.ts'
import { type Entry, type EntryId, type Index, index, type Term, term } from '../types.ts'

/** What these rules need to see of a log. */
export interface Terms {
  /** The term at an index; undefined where the log has no entry (any more). */
  termAt(at: Index): Term | undefined
}

/** §5.3: whether the log holds exactly this entry, and so, by log matching, every entry before it. */
export function holds(log: Terms, place: EntryId): boolean {
  return log.termAt(place.index) === place.term
}

/**
 * An append that begins before the commit index is an old one: by leader completeness (§5.4.3) the logs agree
 * up to there.
 */
export function isBehindCommit(prev: Index, commit: Index): boolean {
  return prev < commit
}

/**
 * §5.3: committed entries stay. A message that would replace one comes from no leader of this cluster: the
 * node stops.
 */
export function mayReplace(first: Index, commit: Index): boolean {
  return first > commit
}

/**
 * Figure 2, AppendEntries 3 and 4: the entries of a message that the log does not hold yet. The first one
 * that conflicts replaces the log from there on. Entries that the log holds already stay, and so do those
 * after them.
 */
export function conflictFreeSuffix(log: Terms, entries: readonly Entry[]): readonly Entry[] {
  const first = entries.findIndex((entry) => !holds(log, entry))
  return first === -1 ? [] : first === 0 ? entries : entries.slice(first)
}

/** Figure 2, AppendEntries 5: never beyond the entries that the message proved to match. */
export function followerCommit(leaderCommit: Index, lastOfMessage: Index): Index {
  return index(Math.min(leaderCommit, lastOfMessage))
}

/**
 * §5.3: a heartbeat carries no commit index beyond what the member is known to hold, since its log may differ
 * there.
 */
export function commitToTell(match: Index, commit: Index): Index {
  return index(Math.min(match, commit))
}

/**
 * The place up to which a finished write has made the log durable; null: none. A write of an earlier term
 * proves nothing: the entries of this term may have replaced those that it wrote (leader A, then B, then A
 * again).
 */
export function placeMadeDurable(
  { last, term: written }: Pick<WriteId, 'last' | 'term'>,
  current: Term,
): EntryId | null {
  return written === current ? last : null
}

/**
 * §5.4.2, figure 8: a leader counts replicas only for entries of its own term; earlier ones are committed
 * with them.
 */
export function mayCommitAt(termAtIndex: Term | undefined, currentTerm: Term): boolean {
  return termAtIndex === currentTerm
}

/** §7: only a snapshot that reaches beyond the commit index tells anything new. */
export function isNewerThanCommitted(snapshot: EntryId, commit: Index): boolean {
  return snapshot.index > commit
}

/**
 * §5.3, end: the last place at or before `from` whose term is at most `atMost`. After it the logs cannot
 * agree, so a divergent tail costs a message a term. Where the own log is compacted away, the index comes
 * with term 0.
 */
export function lastPlaceOfTermAtMost(log: Terms, from: Index, atMost: Term): EntryId {
  for (let at = from; at > 0; at = index(at - 1)) {
    const ours = log.termAt(at)
    if (ours === undefined) return { index: at, term: term(0) }
    if (ours <= atMost) return { index: at, term: ours }
  }
  return { index: index(0), term: term(0) }
}

/**
 * §5.3, end: the leader skips each of its entries whose term is above the follower's there, as the logs
 * cannot agree before.
 */
export function placeToProbe(log: Terms, hint: EntryId): Index {
  return hint.term > 0 ? lastPlaceOfTermAtMost(log, hint.index, hint.term).index : hint.index
}

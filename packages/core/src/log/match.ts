// Log matching: what of a message is new, what may be acknowledged and committed (paper §5.3, §5.4.2, figure 2).
import type { WriteId } from '../effect.ts'
import { type Entry, type EntryId, type Index, index, type Term, term } from '../types.ts'

/** What these rules need to see of a log. */
export interface Terms {
  /** The term at an index that is there, else undefined (compacted away, or beyond the end). */
  termAt(at: Index): Term | undefined
}

/** §5.3: does the log hold exactly this entry (and so, by log matching, everything before it)? */
export function holds(log: Terms, place: EntryId): boolean {
  return log.termAt(place.index) === place.term
}

/** An append that begins before what is committed here is an old one: the logs agree up to there, by leader completeness (§5.4.3). */
export function isBehindCommit(prev: Index, commit: Index): boolean {
  return prev < commit
}

/** §5.3: what is committed stays. Whoever asks for anything else is no leader of this cluster: stop, and say so. */
export function mayReplace(first: Index, commit: Index): boolean {
  return first > commit
}

/**
 * Figure 2, AppendEntries 3 and 4: the entries of a message that the log does not hold yet. An entry that conflicts is
 * cut off with all that follows it; entries that are there already stay, and so does what comes after them.
 */
export function conflictFreeSuffix(log: Terms, entries: readonly Entry[]): readonly Entry[] {
  const first = entries.findIndex((entry) => !holds(log, entry))
  return first === -1 ? [] : first === 0 ? entries : entries.slice(first)
}

/** Figure 2, AppendEntries 5: never beyond what the message proved to match. */
export function followerCommit(leaderCommit: Index, lastOfMessage: Index): Index {
  return index(Math.min(leaderCommit, lastOfMessage))
}

/**
 * The place up to which a finished write has made the log durable; null: none. A write of an earlier term proves nothing about
 * the entries of this one, which may have replaced those that it wrote (leaders A, B, then A again).
 */
export function placeMadeDurable(
  { last, term: written }: Pick<WriteId, 'last' | 'term'>,
  current: Term,
): EntryId | null {
  return written === current ? last : null
}

/** §5.4.2, figure 8: a leader counts replicas only for entries of its own term; earlier ones are committed with them. */
export function mayCommitAt(termAtIndex: Term | undefined, currentTerm: Term): boolean {
  return termAtIndex === currentTerm
}

/**
 * §5.3, end: back over a divergent tail a term at a time. The last place at or before `from` whose term is at most
 * `atMost`: after it the logs cannot agree. Where our own log is compacted away the index is returned with term 0.
 */
export function lastPlaceOfTermAtMost(log: Terms, from: Index, atMost: Term): EntryId {
  for (let at = from; at > 0; at = index(at - 1)) {
    const ours = log.termAt(at)
    if (ours === undefined) return { index: at, term: term(0) }
    if (ours <= atMost) return { index: at, term: ours }
  }
  return { index: index(0), term: term(0) }
}

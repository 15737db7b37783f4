// Promises to a leader (thesis §4.2.3, §6.4.1): a node that answers one helps no other candidate until an
// election timeout later, by its own clock. Leases rest on these promises (lease.ts).
import type { Millis, Term } from '../types.ts'

/**
 * A restarted node may have answered a leader just before it stopped, so it begins with a promise. A new node
 * (term 0) has none.
 */
export function promiseAtStart(now: Millis, electionTimeout: Millis, known: Term): Millis {
  return known > 0 ? now + electionTimeout : Number.NEGATIVE_INFINITY
}

/** Whether a promise forbids the node to stand, to vote, and to follow a candidate into a later term. */
export function promiseForbids(now: Millis, promisedUntil: Millis): boolean {
  return now < promisedUntil
}

/**
 * After a restart only a node that knows of a term keeps a promise (see {@link promiseAtStart}). So its first
 * answer in a term waits until the term is durable.
 */
export function promiseWaits(term: Term, durable: Term): boolean {
  return term > durable
}

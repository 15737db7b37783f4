// Promises to a leader (thesis §4.2.3, §6.4.1): a node that answers one helps no other candidate until an
// election timeout later, by its own clock. Leases rest on these promises (lease.ts).
import type { Millis } from '../types.ts'

/**
 * The length of the promise that a node begins with. It may have answered a leader just before it stopped,
 * perhaps with a longer election timeout (HardState.promise).
 */
export function promiseAtStart(electionTimeout: Millis, recorded: Millis): Millis {
  return Math.max(electionTimeout, recorded)
}

/** Whether a promise forbids the node to stand, to vote, and to follow a candidate into a later term. */
export function promiseForbids(now: Millis, promisedUntil: Millis): boolean {
  return now < promisedUntil
}

/** A restart keeps only promises whose length is recorded. So the first longer one waits for that. */
export function promiseWaits(length: Millis, recorded: Millis): boolean {
  return length > recorded
}

// Promises to a leader (thesis §4.2.3, §6.4.1): whoever answers one helps nobody else to lead until an election timeout later, by its
// own clock. Leases rest on them (lease.ts).
import type { Millis, Term } from '../types.ts'

/** A node that had a life before may have answered a leader just before it died (ARCHITECTURE.md, leases). */
export function promiseAtStart(now: Millis, electionTimeout: Millis, known: Term): Millis {
  return known > 0 ? now + electionTimeout : Number.NEGATIVE_INFINITY
}

export function promiseForbids(now: Millis, promisedUntil: Millis): boolean {
  return now < promisedUntil
}

/** A promise is kept over a restart only by who remembers that it had a term: the first answer of a term waits until that is durable. */
export function promiseWaits(term: Term, durable: Term): boolean {
  return term > durable
}

// A pending command, and the request that it is part of. proposals.ts says how its state changes.
import type { EntryId, Millis, NodeId, Term } from '@oarlock/core'
import type { OarlockError, Outcome } from '../errors.ts'

/** Receives the outcome of a proposal. One of the two is called, once. */
export interface Completion<Result> {
  resolve(result: Result): void
  reject(error: OarlockError): void
}

export interface Proposal<Result> {
  readonly command: Uint8Array
  readonly deadline: Millis
  readonly completion: Completion<Result>
  state: 'waiting' | 'submitted' | 'ended'
  batch: Batch<Result> | null
  /** Stops listening to the caller's signal. */
  unlisten: (() => void) | null
}

/** The proposals of one request. The leader appends all its entries in a row, or none. */
export interface Batch<Result> {
  readonly request: number
  readonly proposals: readonly Proposal<Result>[]
  /** The leader and the term that it was submitted to. */
  readonly leader: NodeId
  readonly term: Term
  /** The earliest deadline of its proposals. */
  readonly deadline: Millis
  /** How many of its proposals have not ended. */
  open: number
  /** The place of its first entry in the leader's log, once known. */
  placed: EntryId | null
}

/** The known outcome of a proposal that is given up now. */
export const outcomeOf = ({ state }: Pick<Proposal<never>, 'state'>): Outcome =>
  state === 'waiting' ? 'not-applied' : 'unknown'

export const inWords: Readonly<Record<Outcome, string>> = {
  'not-applied': 'the command was not applied and will not be',
  unknown: 'the command may have been applied, or may still be',
  'not-a-write': 'nothing was to change',
}

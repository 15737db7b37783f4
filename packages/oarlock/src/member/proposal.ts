// A command on its way, and the request it is part of; see proposals.ts for how it moves.
import type { Millis, NodeId, Term } from '@oarlock/core'
import type { OarlockError, Outcome } from '../errors.ts'

export interface Proposal<Result> {
  readonly command: Uint8Array
  readonly deadline: Millis
  readonly resolve: (result: Result) => void
  readonly reject: (error: OarlockError) => void
  state: 'waiting' | 'handed' | 'settled'
  batch: Batch<Result> | null
  /** Stops listening to the caller's signal. */
  unlisten: (() => void) | null
}

/** What was handed to the core as one request: its entries are appended next to one another, or not at all. */
export interface Batch<Result> {
  readonly request: number
  readonly proposals: readonly Proposal<Result>[]
  /** The leader and the term it was handed to. */
  readonly leader: NodeId
  readonly term: Term
  /** The earliest of its proposals'. */
  readonly deadline: Millis
  /** Of its proposals, those not settled. */
  open: number
  /** The term of its place in the leader's log, once known. */
  placed: Term | null
}

/** What is certain of it when it has to be given up. */
export const outcomeOf = ({ state }: Pick<Proposal<never>, 'state'>): Outcome =>
  state === 'waiting' ? 'not-applied' : 'unknown'

export const inWords: Readonly<Record<Outcome, string>> = {
  'not-applied': 'the command was not applied and will not be',
  unknown: 'the command may have been applied, or may still be',
  'not-a-write': 'nothing was to change',
}

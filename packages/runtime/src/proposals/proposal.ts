// A pending command, and the request that it is part of. proposals.ts says how its state changes.
import type { EntryId, Millis, NodeId, Term } from '@oarlock/core'
import type { OarlockError, Outcome } from '../errors.ts'
import { type CommandKind, maxBatch, plainCommand, storeCommand } from './command.ts'

/** Receives the outcome of a proposal. One of the two is called, once. */
export interface Completion<Result> {
  resolve(result: Result): void
  reject(error: OarlockError): void
}

export interface Proposal<Result> {
  readonly command: Uint8Array
  readonly kind: CommandKind
  readonly deadline: Millis
  readonly completion: Completion<Result>
  state: 'waiting' | 'submitted' | 'ended'
  /** An earlier submission of it may be in a log, or get there. Only of a command that a session applies once. */
  mayBeInLog: boolean
  /** How often it was submitted. */
  attempts: number
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
  /** When its session commands are submitted again, if no answer has come. Infinity: it has none. */
  readonly retryAt: Millis
  /** How many of its proposals have not ended. */
  open: number
  /** The place of its first entry in the leader's log, once known. */
  placed: EntryId | null
  /** It is no longer on its way to the leader. Call it once. */
  arrived: (() => void) | null
}

/** The waiting proposals from `from` up to `end` that fit into one request: at least one, if any waits. */
export function nextRequest<Result>(
  waiting: readonly Proposal<Result>[],
  from: number,
  maxBytes: number,
): { readonly proposals: readonly Proposal<Result>[]; readonly bytes: number; readonly end: number } {
  const proposals: Proposal<Result>[] = []
  let bytes = 0
  let end = from
  for (; end < waiting.length; end++) {
    const proposal = waiting[end]!
    if (proposal.state !== 'waiting') continue
    const full = bytes + proposal.command.length > maxBytes || proposals.length === maxBatch
    if (full && proposals.length > 0) break
    proposals.push(proposal)
    bytes += proposal.command.length
  }
  return { proposals, bytes, end }
}

/** Whether it may be submitted again although it may be in a log: sessions are open to that, and made for it. */
export const isRetriable = ({ kind }: Pick<Proposal<never>, 'kind'>): boolean =>
  kind !== plainCommand && kind !== storeCommand

/** The known outcome of a proposal that is given up now. */
export const outcomeOf = ({ state, mayBeInLog }: Pick<Proposal<never>, 'state' | 'mayBeInLog'>): Outcome =>
  state === 'waiting' && !mayBeInLog ? 'not-applied' : 'unknown'

export const inWords: Readonly<Record<Outcome, string>> = {
  'not-applied': 'the command was not applied and will not be',
  unknown: 'the command may have been applied, or may still be',
  'not-a-write': 'nothing was to change',
}

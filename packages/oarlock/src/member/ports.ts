// What a member is driven by: a log store, a transport, a clock; and what it drives: a state machine.
// Each is a port: bring your own, or take ours.
import type {
  Envelope,
  HardState,
  Index,
  LogReader,
  Message,
  Millis,
  NodeId,
  Persist,
  Term,
} from '@oarlock/core'

/** What a log store found when it was opened. */
export interface OpenedLog {
  readonly hardState: HardState
  /** The durable entries. A live view: a finished write is in it before `write` resolves. */
  readonly log: LogReader
}

export interface LogStore {
  /** Reads and repairs what is there. Throws an OarlockError: locked, corrupt, of another cluster or member. */
  open(): Promise<OpenedLog>
  /**
   * Makes the batch durable, in order, with one fsync at most (none if no part has `mustSync`). The member has one write
   * under way at a time. Resolves only when durable; after a rejection the store accepts no further write.
   */
  write(batch: readonly Persist[]): Promise<void>
  /** Waits for a write under way, then releases files and lock. Idempotent. */
  close(): Promise<void>
}

export interface TransportReceiver {
  /** Messages from one peer, in the order they arrived; many at once where they arrived together. */
  receive(from: NodeId, messages: readonly Message[]): void
  /** The connection to a peer was lost: what was sent last may not have arrived. */
  unreachable(peer: NodeId): void
}

/** May drop, duplicate, delay and reorder. `send` never throws and never blocks. */
export interface Transport {
  open(receiver: TransportReceiver): Promise<void>
  send(envelopes: readonly Envelope[]): void
  close(): Promise<void>
}

/** A monotonic clock and its timers. */
export interface Clock {
  now(): Millis
  /** Calls back once, at `at` or later; never before. Returns its cancellation. */
  at(at: Millis, callback: () => void): () => void
}

export interface ApplyContext {
  /** The command's place in the log: increases by the command, the same on every member. */
  readonly index: Index
  readonly term: Term
}

/**
 * What the cluster replicates. `apply` is called with the same commands in the same order on every member: it must be
 * synchronous and deterministic (no clock, no randomness, no I/O). What it returns is what `propose` resolves with, on
 * the member that proposed. An exception stops the member: return failures as results.
 */
export interface StateMachine<Command, Result> {
  apply(command: Command, context: ApplyContext): Result
}

export interface Codec<Value> {
  encode(value: Value): Uint8Array
  decode(bytes: Uint8Array): Value
}

/** pino's shape, as much of it as we use. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

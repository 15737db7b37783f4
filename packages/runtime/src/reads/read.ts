// A pending read, and the request to the core that it shares. reads.ts says how its state changes.
import type { Index, Millis, NodeId, ReadPolicy, RequestId, Term } from '@oarlock/core'
import type { OarlockError } from '../errors.ts'

/** Receives the outcome of a read. One of the two is called, once. */
export interface ReadCompletion {
  /** The state machine may be queried now, and only until this returns. */
  serve(): void
  reject(error: OarlockError): void
}

export interface Read {
  readonly deadline: Millis
  readonly completion: ReadCompletion
  /** Of the runtime itself: no metric has it. */
  readonly isOwn: boolean
  ended: boolean
  /** Stops listening to the caller's signal. */
  unlisten: (() => void) | null
}

/** The reads of one request. */
export interface ReadBatch {
  readonly policy: ReadPolicy
  readonly reads: readonly Read[]
  /**
   * The requests that ask for it, as a request may be lost. All were made after its reads had come in, so the
   * answer to any of them will do.
   */
  readonly requests: RequestId[]
  /** Whom the last request asked, and when. `leader` null: it was refused. */
  leader: NodeId | null
  term: Term
  askedAt: Millis
}

/** Reads that may be served once this index is applied here. */
export interface ReadyReads {
  readonly index: Index
  readonly reads: readonly Read[]
}

// One proposal of a client, and its outcome.
import type { EntryId, Index } from '@oarlock/core'
import type { SimNode } from '../member/index.ts'
import type { Operation } from './operation.ts'

export type WriteOutcome =
  /** The runtime has said nothing yet. */
  | 'pending'
  /** Applied, and its proposer has the result. */
  | 'acknowledged'
  /** The runtime said that it was not applied, and never will be. */
  | 'refused'
  /** The runtime said that it may have been applied, or may still be. */
  | 'unknown'

export interface Write {
  /** Counted from 1. */
  readonly id: number
  readonly node: SimNode
  /** Of the node when it proposed: after a restart nobody waits any more. */
  readonly incarnation: number
  /** What had been seen when it was proposed: see history.ts. */
  readonly called: Index
  /** The bytes that the runtime was handed. */
  readonly command: Uint8Array
  /** What a client with a session asks for by it, perhaps again. */
  readonly operation: Operation | null
  /** The node's clock when the runtime took it in; null: it waits for the node's next turn, or the node is gone. */
  since: number | null
  outcome: WriteOutcome
  /** Where it was applied, once it is acknowledged. */
  at: EntryId | null
  /** The code of the error that it ended with. */
  reason: string | null
  /** The network copied it, so that it may be refused once and appended once. */
  duplicated: boolean
}

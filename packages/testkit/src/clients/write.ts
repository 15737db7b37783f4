// One proposal of a client, and its outcome.
import type { EntryId, Index } from '@oarlock/core'
import type { SimNode } from '../member/index.ts'
import type { Operation } from './operation.ts'

export type WriteOutcome =
  /** The runtime has not answered yet. */
  | 'pending'
  /** It was applied, and its proposer has the result. */
  | 'acknowledged'
  /** The runtime reported that it was not applied and never will be. */
  | 'refused'
  /** The runtime reported that it may have been applied, or may still be. */
  | 'unknown'

export interface Write {
  /** Counted from 1. */
  readonly id: number
  readonly node: SimNode
  /** The node's life when it proposed. After a restart no caller waits for it. */
  readonly life: number
  /** The latest index seen when it was proposed (history.ts). */
  readonly called: Index
  /** The bytes that were handed to the runtime. */
  readonly command: Uint8Array
  /** The session's operation that it requests, perhaps again. Null without a session. */
  readonly operation: Operation | null
  /**
   * The node's clock when the runtime received it. Null: it waits for the node's next turn, or the node
   * crashed first.
   */
  since: number | null
  outcome: WriteOutcome
  /** The entry in which it was applied, once it is acknowledged. */
  at: EntryId | null
  /** The code of its error. */
  reason: string | null
  /** The network has copied it, so one copy may be refused and the other appended. */
  duplicated: boolean
}

// What clients with sessions ask of the members' runtimes.
import type { Millis } from '@oarlock/core'
import type { ReplicaSession } from '@oarlock/runtime'
import type { SimNode } from '../member/index.ts'
import type { Operation } from './operation.ts'
import type { Write } from './write.ts'

/** Whether the session refused the command, or the request failed otherwise. */
export type Refused = 'by the session' | 'otherwise'

export interface Requests {
  /** Opens a session. Null if that failed. A crash of the node leaves it without an answer. */
  open(node: SimNode, timeout: Millis, opened: (session: ReplicaSession | null) => void): void
  /** Asks in a session, perhaps again. Null if the node is down. */
  ask(node: SimNode, session: number, number: number, operation: Operation): Write | null
  /** Leaves the command to the runtime. `ended` is called with whether the session is gone. */
  submitTo(
    node: SimNode,
    session: ReplicaSession,
    operation: Operation,
    ended: (isGone: boolean) => void,
  ): void
}

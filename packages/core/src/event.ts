// What comes in: messages (paper figure 2), and what only the runtime knows, of the disk (thesis §3.8), its users and the clock. Time is an input of
// every step (see Raft.step), so events carry none.
import type { WriteId } from './effect.ts'
import type { MembershipChange } from './membership/change.ts'
import type { Message } from './message.ts'
import type { ReadPolicy } from './read/read-index.ts'
import type { Index, NodeId, Payload, RequestId } from './types.ts'

export type Event =
  /** Time has passed: the only event on which a timeout fires. */
  | { readonly type: 'tick' }
  /** A message arrived, from a peer or from this node's own `thenSend`. */
  | { readonly type: 'receive'; readonly from: NodeId; readonly message: Message }
  /** Append these, in order, as one. `request` null: no outcome is reported. */
  | { readonly type: 'propose'; readonly request: RequestId | null; readonly entries: readonly Payload[] }
  /** Stand for election now, unless a promise to a leader forbids it. For tests and tools. */
  | { readonly type: 'campaign' }
  /** Hand leadership over; `to` null: to the most caught-up voter (thesis §3.10). */
  | { readonly type: 'transfer'; readonly to: NodeId | null }
  /** Leader: lead no longer, in this term. For runtimes whose leaderships rest on more than Raft's lease, when that is gone. */
  | { readonly type: 'stepDown' }
  /** Follower: forget who leads, so that votes may be granted at once. Refused with leases on. */
  | { readonly type: 'forgetLeader' }
  /** The write, and every one before it, is durable and visible in the LogReader. Step it after its `thenSend` was sent. */
  | { readonly type: 'persisted'; readonly write: WriteId }
  /** The state machine has applied every entry up to `index`. */
  | { readonly type: 'applied'; readonly index: Index }
  /**
   * A configuration entry is being applied: it takes effect. The runtime may step it as it reaches the entry; `applied` does
   * it otherwise.
   */
  | { readonly type: 'activate'; readonly index: Index }
  /** Change the membership, if the configuration in force is still the one of index `expected` (see RaftView.configurationIndex). */
  | {
      readonly type: 'reconfigure'
      readonly request: RequestId
      readonly change: MembershipChange
      readonly expected: Index
    }
  /**
   * A linearizable read: answered by `reads` with the index that must be applied first. `lease` relies on the lease where
   * there is one (its assumption about clocks: RaftConfig.clockRateTolerance).
   */
  | { readonly type: 'read'; readonly request: RequestId; readonly policy: ReadPolicy }
  /** The snapshot that was offered to `to` was sent, or could not be. */
  | { readonly type: 'snapshotReported'; readonly to: NodeId; readonly failed: boolean }
  /** The transport lost a peer: what was in flight to it may be lost. If it was the leader, the election comes sooner. */
  | { readonly type: 'peerUnreachable'; readonly id: NodeId }

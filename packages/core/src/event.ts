// What comes in: messages (paper figure 2), finished writes (thesis §3.8), requests of the runtime's users,
// and ticks. Time is an input of every step (Raft.step), so events carry none.
import type { WriteId } from './effect.ts'
import type { MembershipChange } from './membership/index.ts'
import type { Message, ReadPolicy } from './message.ts'
import type { Index, NodeId, Payload, RequestId } from './types.ts'

export type Event =
  /** Time has passed. Timeouts fire on no other event. */
  | { readonly type: 'tick' }
  /** A message arrived, from a peer or from this node's own `thenSend`. */
  | { readonly type: 'receive'; readonly from: NodeId; readonly message: Message }
  /** Append these in order, all or none. `request` null: no outcome is reported. */
  | { readonly type: 'propose'; readonly request: RequestId | null; readonly entries: readonly Payload[] }
  /** Stand for election now, unless a promise to a leader forbids it. For tests and tools. */
  | { readonly type: 'campaign' }
  /** Transfer leadership (thesis §3.10). `to` null: to the most caught-up voter. */
  | { readonly type: 'transfer'; readonly to: NodeId | null }
  /** Leader: stop leading in this term. For runtimes whose leadership rests on more than Raft's lease. */
  | { readonly type: 'stepDown' }
  /** Follower: forget the leader, so that votes may be granted at once. Refused with leases on. */
  | { readonly type: 'forgetLeader' }
  /**
   * This write and every one before it are durable and visible in the LogReader. Step it after its `thenSend`
   * was sent.
   */
  | { readonly type: 'persisted'; readonly write: WriteId }
  /** The state machine has applied every entry up to `index`. */
  | { readonly type: 'applied'; readonly index: Index }
  /**
   * A configuration entry is being applied, and takes effect. The runtime may step this when it reaches the
   * entry; else `applied` does it.
   */
  | { readonly type: 'activate'; readonly index: Index }
  /**
   * Change the membership, if the configuration in force is the one of index `expected`
   * (RaftView.configurationIndex).
   */
  | {
      readonly type: 'reconfigure'
      readonly request: RequestId
      readonly change: MembershipChange
      readonly expected: Index
    }
  /**
   * A linearizable read. `reads` answers it with the index that must be applied first. The policy `lease`
   * relies on the lease if there is one (RaftConfig.clockRateTolerance: its assumption about clocks).
   */
  | { readonly type: 'read'; readonly request: RequestId; readonly policy: ReadPolicy }
  /** The snapshot offered to `to` was sent, or could not be sent. */
  | { readonly type: 'snapshotReported'; readonly to: NodeId; readonly failed: boolean }
  /**
   * The transport lost a peer, and maybe the messages in flight to it. If it was the leader, the election
   * comes sooner.
   */
  | { readonly type: 'peerUnreachable'; readonly id: NodeId }

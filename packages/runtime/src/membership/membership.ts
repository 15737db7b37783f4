// The members of the cluster as replicated state: beside the core's configuration, each member's address,
// data directory and kind. `peers` founds a cluster; after that the log says who the members are (thesis §4).
import type { Index, NodeId } from '@oarlock/core'
import type { ReconfigureReason } from '../errors.ts'

/** What the cluster has agreed on about one member. */
export interface MemberRecord {
  /** The 'host:port' that its peers dial. Null: as in `peers` of each member, until the first change. */
  readonly address: string | null
  /**
   * Null: the first one that each member has recorded (a founder), or the next one that comes (a newcomer).
   */
  readonly incarnation: string | null
  readonly kind: 'full' | 'witness'
  /** The index of the change that made it a member; 0 for founders. */
  readonly since: Index
  /** A learner that becomes a voter when it has caught up. */
  readonly promote: boolean
}

/** A member that was removed, or whose data directory was replaced. */
export interface RemovedMember {
  readonly incarnation: string | null
  /** The index of the change. */
  readonly at: Index
}

/** A change of the membership, as an operator asks for it. */
export type ChangeRequest =
  /**
   * Takes a new member in, as a learner. `voter` and `witness` (an option of the new member, too) become
   * voters when they have caught up.
   */
  | {
      readonly type: 'add'
      readonly id: NodeId
      readonly address: string | null
      readonly as: 'voter' | 'learner' | 'witness'
      /** Null: that of the next process that comes under this name. */
      readonly incarnation: string | null
    }
  | { readonly type: 'remove'; readonly id: NodeId }
  /** The learner becomes a voter when it has caught up. */
  | { readonly type: 'promote'; readonly id: NodeId }
  /** The voter becomes a learner. */
  | { readonly type: 'demote'; readonly id: NodeId }
  /**
   * The member lost its disk: removes its old incarnation, and takes the new one in as a newcomer, which
   * becomes what the old one was.
   */
  | {
      readonly type: 'replace'
      readonly id: NodeId
      readonly address: string | null
      /** Null: that of the next process that comes under this name. */
      readonly incarnation: string | null
    }
  | { readonly type: 'move'; readonly id: NodeId; readonly address: string }

/** Why the cluster refuses a change. */
export type ChangeRefusal = Exclude<ReconfigureReason, 'overtaken' | 'timed-out' | 'aborted' | 'closed'>

/** A request that the cluster has accepted, and that its leaders carry out. */
export interface AcceptedRequest {
  /** Names the request. Its caller may ask again. */
  readonly key: string
  /** The place of the request in the log. */
  readonly at: Index
  readonly change: ChangeRequest
  /** For `replace`: the member as it was. */
  readonly before: { readonly record: MemberRecord; readonly isVoter: boolean } | null
}

/** What became of a request. */
export interface RequestOutcome {
  readonly key: string
  /** Null: the change was made. */
  readonly refusal: ChangeRefusal | null
  /** For people. */
  readonly detail: string
}

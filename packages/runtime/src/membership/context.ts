// The context of a configuration entry: what the table of members learns with it. The core carries it, and
// only this folder reads it. A request for a change is an entry that changes no configuration (`update`): any
// member may propose one, and so it reaches the leader and survives it.
import type { Index, MembershipChange, NodeId } from '@oarlock/core'
import type { ChangeRefusal, ChangeRequest, MemberRecord } from './membership.ts'

export interface ChangeContext {
  /** A request, for everybody to judge alike. `expected`: the version that it is meant for, or null. */
  readonly request?: { readonly key: string; readonly expected: Index | null; readonly change: ChangeRequest }
  /** The leader gives up the request of this key. */
  readonly refuse?: { readonly key: string; readonly refusal: ChangeRefusal; readonly detail: string }
  /** The records of members that this change takes in. `since` is the entry's own index. */
  readonly join?: Readonly<Record<NodeId, Omit<MemberRecord, 'since'>>>
  /** Incarnations of members that had none in the table. */
  readonly bind?: Readonly<Record<NodeId, string>>
  /** Addresses of members that had none in the table. */
  readonly addresses?: Readonly<Record<NodeId, string>>
  /** The cluster was recovered after the loss of a majority: no request is under way any more. */
  readonly recovered?: true
  /** This change completes the request of this key. */
  readonly completes?: string
}

/** Marks a place in the log, and changes no configuration. */
export const noteOf = (id: NodeId, context: ChangeContext): MembershipChange => ({
  transition: 'auto',
  changes: [{ kind: 'update', id }],
  context,
})

/** Only oarlock's own entries have a context; entries of another origin have none. */
export const contextOf = ({ context }: MembershipChange): ChangeContext =>
  typeof context === 'object' && context !== null ? context : {}

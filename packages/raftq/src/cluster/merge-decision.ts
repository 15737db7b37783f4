// The decision of a node that hears a member of another cluster. ARCHITECTURE.md of this package says why it
// is safe.
import type { ClusterView } from '../wire/index.ts'

export type MergeDecision =
  /** Join the other cluster: this node has promised nothing in its own. */
  | 'join'
  /** Dissolve the own cluster, through its log. */
  | 'dissolve'
  /** The other cluster dissolves, or will once it knows more. */
  | 'wait'
  /** Neither cluster may dissolve, so a person must decide. */
  | 'conflict'

export interface OwnCluster extends ClusterView {
  /** This node has neither voted nor acknowledged an entry in it. */
  readonly pristine: boolean
}

const mustStay = ({ acknowledged, byMembers }: ClusterView): boolean => acknowledged || byMembers

/**
 * `hasMembers`: this node has the option `members`, so it only joins a cluster that was bootstrapped by
 * members.
 */
export function decideMerge(own: OwnCluster | null, other: ClusterView, hasMembers: boolean): MergeDecision {
  if (own === null) {
    if (!hasMembers || (other.byMembers && other.begun)) return 'join'
    return other.acknowledged ? 'conflict' : 'wait'
  }
  if (own.pristine && own.byMembers && other.byMembers && other.begun) return 'join'
  if (!mustStay(own)) return mustStay(other) || other.id < own.id ? 'dissolve' : 'wait'
  return mustStay(other) ? 'conflict' : 'wait'
}

// Who founds a cluster, who joins one, and what happens when two meet (ARCHITECTURE.md of this package says why that is safe).
import { comesBefore } from './identity.ts'
import type { ClusterView } from './packet.ts'
import type { Peer } from './peers.ts'

/** May a node that takes part in no cluster found one? */
export function mayFound(
  own: string,
  peers: readonly Peer[],
  times: {
    readonly now: number
    readonly waitingSince: number
    readonly wait: number
    readonly fresh: number
  },
): boolean {
  if (times.now - times.waitingSince < times.wait) return false
  const heard = peers.filter(({ heardAt }) => times.now - heardAt <= times.fresh)
  // Who takes part in a cluster will take this node in.
  if (heard.some(({ waiting }) => !waiting)) return false
  return !heard.some(({ node }) => comesBefore(String(node.id), own))
}

export type Meeting =
  /** Take part in the other one: here nothing was ever promised. */
  | 'join'
  /** Give the own one up, by its log. */
  | 'dissolve'
  /** The other one gives itself up, or will when it knows more. */
  | 'wait'
  /** Both hold acknowledged values, or were founded by members: a person must decide. */
  | 'conflict'

export interface OwnCluster extends ClusterView {
  /** This node has promised nothing in it. */
  readonly pristine: boolean
}

const mustStay = ({ acknowledged, byMembers }: ClusterView): boolean => acknowledged || byMembers

/** A member of another cluster was heard. */
export function meet(own: OwnCluster | null, other: ClusterView): Meeting {
  if (own === null) return 'join'
  if (own.pristine && own.byMembers && other.byMembers && other.begun) return 'join'
  if (!mustStay(own)) return mustStay(other) || other.id < own.id ? 'dissolve' : 'wait'
  return mustStay(other) ? 'conflict' : 'wait'
}

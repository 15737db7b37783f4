// A node's identity in Raft is its name and an incarnation, which is minted together with its persisted
// state. A name alone is not enough: a node that lost its state has forgotten its votes, so it must count as
// a different voter.
import type { NodeId } from '@oarlock/core'
import type { Cluster, RaftNodeId } from '../wire/index.ts'

/** A cluster, and the id of this node in it. */
export interface Identity {
  readonly cluster: Cluster
  readonly self: NodeId
}

/**
 * `incarnation` is letters and digits. It is empty for the founders of a cluster with `members`, because
 * their ids must be known before they meet.
 */
export const nodeIdOf = (name: RaftNodeId, incarnation: string): NodeId => `${name}~${incarnation}`

export const nameOf = (id: NodeId): string => id.slice(0, id.lastIndexOf('~'))

/** The same at every member, so the members need not agree on it first. */
export const clusterOfMembers = (members: readonly string[]): Cluster => ({
  id: `members ${JSON.stringify(members)}`,
  founders: members.map((name) => nodeIdOf(name, '')),
  byMembers: true,
})

const isNumber = (name: string): boolean => /^\d{1,15}$/.test(name)

/** The order of names that decides which node bootstraps a cluster: numbers by value, then words. */
export function comesBefore(a: string, b: string): boolean {
  if (isNumber(a) !== isNumber(b)) return isNumber(a)
  if (isNumber(a) && Number(a) !== Number(b)) return Number(a) < Number(b)
  return a < b
}

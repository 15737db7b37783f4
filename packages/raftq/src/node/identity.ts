// Who a node is, to Raft. A name alone is not enough: a node whose persisted state is lost has forgotten its votes, and must not be
// taken for the one it was. So what Raft counts is the name and an incarnation, minted with the state.
import type { NodeId } from '@oarlock/core'
import type { RaftNodeId } from '../wire/index.ts'

/** A cluster, by what never changes of it. */
export interface Cluster {
  /** Minted at its founding, and on every message. */
  readonly id: string
  /** The voters that its log begins with. */
  readonly founders: readonly NodeId[]
  /** It was founded by `members`: it never gives itself up. */
  readonly byMembers: boolean
}

/** As what this node takes part in which cluster. */
export interface Identity {
  readonly cluster: Cluster
  readonly self: NodeId
}

/** `incarnation` is of letters and digits; empty for those who found a cluster by `members`, whose names must be known before. */
export const nodeIdOf = (name: RaftNodeId, incarnation: string): NodeId => `${name}~${incarnation}`

export const nameOf = (id: NodeId): string => id.slice(0, id.lastIndexOf('~'))

/** The same at every member, so that they need not agree on it first. */
export const clusterOfMembers = (members: readonly string[]): Cluster => ({
  id: `members ${JSON.stringify(members)}`,
  founders: members.map((name) => nodeIdOf(name, '')),
  byMembers: true,
})

const isNumber = (name: string): boolean => /^\d{1,15}$/.test(name)

/** Names in the order that decides who founds: numbers by value, before words. */
export function comesBefore(a: string, b: string): boolean {
  if (isNumber(a) !== isNumber(b)) return isNumber(a)
  if (isNumber(a) && Number(a) !== Number(b)) return Number(a) < Number(b)
  return a < b
}

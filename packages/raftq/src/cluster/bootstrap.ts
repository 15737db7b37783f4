// Who founds a cluster, who joins one, and what happens when two meet (ARCHITECTURE.md of this package says why that is safe).
import { comesBefore } from '../node/index.ts'
import type { ClusterView } from '../wire/index.ts'
import type { Peer } from './peers.ts'

/** So many times longer a node waits for those that it was told of and that have not spoken yet. */
const patienceWithSilence = 3

export interface BootstrapTimes {
  readonly now: number
  readonly waitingSince: number
  readonly wait: number
  /** What was heard before is not counted. */
  readonly fresh: number
}

/** May a node that takes part in no cluster found one? */
export function mayBootstrap(own: string, peers: readonly Peer[], times: BootstrapTimes): boolean {
  const waited = times.now - times.waitingSince
  if (waited < times.wait) return false
  // They are there, said the application, so they may take part in a cluster: the first messages between cold processes are often late.
  const outstanding = peers.some(({ told, life }) => told && life === null)
  if (outstanding && waited < patienceWithSilence * times.wait) return false
  const heard = peers.filter(({ heardAt }) => times.now - heardAt <= times.fresh)
  // Who takes part in a cluster will take this node in.
  if (heard.some(({ waiting }) => !waiting)) return false
  return !heard.some(({ node }) => comesBefore(String(node.id), own))
}

/**
 * May one of `members` that has no document begin the cluster of these, under the name that its founders are known by? It may have had a
 * document, and voted. So only where the others know of no vote: all of them, or after the wait a majority.
 */
export function mayBootstrapAsFounder(
  own: string,
  members: readonly string[],
  peers: readonly Peer[],
  { now, waitingSince, wait, fresh }: BootstrapTimes,
): boolean {
  const attest = peers.filter(
    ({ node, attestedAt }) => members.includes(String(node.id)) && now - attestedAt <= fresh,
  )
  const blank = new Set([own, ...attest.map(({ node }) => String(node.id))])
  if (blank.size === members.length) return true
  return now - waitingSince >= wait && blank.size > members.length / 2
}

export type MergeDecision =
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

/** A member of another cluster was heard. `withMembers`: this node was told of `members`, and joins nothing less. */
export function meet(own: OwnCluster | null, other: ClusterView, withMembers: boolean): MergeDecision {
  if (own === null) {
    if (!withMembers || (other.byMembers && other.begun)) return 'join'
    return other.acknowledged ? 'conflict' : 'wait'
  }
  if (own.pristine && own.byMembers && other.byMembers && other.begun) return 'join'
  if (!mustStay(own)) return mustStay(other) || other.id < own.id ? 'dissolve' : 'wait'
  return mustStay(other) ? 'conflict' : 'wait'
}

// A cluster, as nodes persist it and as they tell one another about it.
import { flag, list, object, type Shape, text } from '../json/index.ts'

/** The part of a cluster that never changes. */
export interface Cluster {
  /** Minted when the cluster is bootstrapped. Every message carries it. */
  readonly id: string
  /** The voters that the log begins with. */
  readonly founders: readonly string[]
  /** The cluster was bootstrapped by `members`, so it never dissolves. */
  readonly byMembers: boolean
}

/** A cluster, as one of its nodes knows it. */
export interface ClusterView extends Cluster {
  /** The cluster has acknowledged a value. Once true, this stays true. */
  readonly acknowledged: boolean
  /** The cluster has held an election, as far as the sender knows. */
  readonly begun: boolean
}

export const clusterView: Shape<ClusterView> = object({
  id: text,
  founders: list(text),
  byMembers: flag,
  acknowledged: flag,
  begun: flag,
})

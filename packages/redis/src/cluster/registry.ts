// What an instance sees in the registry: which cluster there is, and whether it lives.
import type { NodeId } from '@oarlock/core'
import type { Fence } from 'oarlock'

/** A cluster: who founded it, and the number that tells people which of those of the same prefix it is. */
export interface ClusterIdentity {
  /** By chance: no two are alike. */
  readonly id: string
  readonly generation: number
  /** Its first voters. */
  readonly founders: readonly NodeId[]
}

export interface ClusterRecord extends ClusterIdentity {
  /** The last member left in order. */
  readonly over: boolean
}

export interface RecordView {
  readonly record: ClusterRecord | null
  /** Renewed within `generationTimeout`. */
  readonly alive: boolean
  /** Redis's clock, in tenths of seconds since 1970. */
  readonly time: number
}

export type Renewal =
  /** With a fence that is above all that were given before, if one was asked for. */
  | { readonly type: 'renewed'; readonly fence: Fence }
  /** The record is gone, or was not renewed in time: this cluster is over. */
  | { readonly type: 'lapsed' }
  /** The record names another cluster: this one is over. */
  | { readonly type: 'superseded'; readonly by: ClusterRecord }

export interface ClaimOptions {
  readonly cluster: ClusterIdentity
  /** The cluster that the record named when the claimer looked; null: none. */
  readonly instead: string | null
  /** Channels of the voters of that cluster: if a majority of them cannot be there any more it counts as gone. Empty: not asked for. */
  readonly voterChannels: readonly string[]
}

/** How many of so many voters a majority can do without. */
export const mayLack = (voters: number): number => (voters === 0 ? 0 : voters - (Math.floor(voters / 2) + 1))

export interface Registry {
  read(): Promise<RecordView>
  /** `withFence`: a leadership begins. */
  renew(cluster: ClusterIdentity, withFence: boolean): Promise<Renewal>
  /** False: somebody was faster, or the cluster that is there lives. */
  claim(options: ClaimOptions): Promise<boolean>
  /** The last member leaves: whoever comes next need not wait. */
  end(cluster: ClusterIdentity): Promise<void>
}

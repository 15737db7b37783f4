// The registry says which cluster exists for a prefix, and whether it is alive.
import type { NodeId } from '@oarlock/core'
import type { Fence } from '@oarlock/runtime'

export interface ClusterIdentity {
  /** Random and unique. */
  readonly id: string
  /** Grows from one cluster of a prefix to the next. Only a hint: the registry compares ids. */
  readonly generation: number
  /** Its first voters. */
  readonly founders: readonly NodeId[]
}

export interface ClusterRecord extends ClusterIdentity {
  /** The last member has shut down gracefully. */
  readonly over: boolean
}

export interface RegistryView {
  readonly record: ClusterRecord | null
  /** The record was renewed within `generationTimeout`. */
  readonly alive: boolean
  /** The registry's clock, in tenths of seconds since 1970. */
  readonly time: number
}

export type Renewal =
  /** The fence, if one was requested, is greater than all earlier ones. */
  | { readonly type: 'renewed'; readonly fence: Fence }
  /** The record is missing or was not renewed in time. This cluster is over. */
  | { readonly type: 'lapsed' }
  /** The record names another cluster. This one is over. */
  | { readonly type: 'superseded'; readonly by: ClusterRecord }

export interface ClaimOptions {
  readonly cluster: ClusterIdentity
  /** The id of the cluster that the caller read in the record, or null if there was none. */
  readonly instead: string | null
  /**
   * Channels of the voters of that cluster. If a majority of them has no subscriber, the cluster counts as
   * gone even if it is alive. Empty: this is not checked.
   */
  readonly voterChannels: readonly string[]
}

export interface Registry {
  read(): Promise<RegistryView>
  /** Renews the record of a cluster. `withFence` requests a new fence, for a leadership that begins. */
  renew(cluster: ClusterIdentity, withFence: boolean): Promise<Renewal>
  /** False if the record has changed since it was read, or its cluster is alive. */
  claim(options: ClaimOptions): Promise<boolean>
  /** Marks the cluster as over when its last member leaves. Then the next one need not wait. */
  end(cluster: ClusterIdentity): Promise<void>
}

/** The number of voters that may be missing while the rest is still a majority. */
export const tolerableLoss = (voters: number): number =>
  voters === 0 ? 0 : voters - (Math.floor(voters / 2) + 1)

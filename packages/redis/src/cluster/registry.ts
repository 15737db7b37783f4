// The registry says which cluster exists for a prefix, and whether it is alive.
import type { Millis, NodeId } from '@oarlock/core'
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

/** A record of which this instance only knows whether its cluster is alive. */
export interface UnreadableRecord {
  /** Why it cannot be read, as a predicate: 'is signed with another secret'. */
  readonly problem: string
  readonly over: boolean
}

export interface RegistryView {
  /** Null: there is none, or it is unreadable. */
  readonly record: ClusterRecord | null
  readonly unreadable: UnreadableRecord | null
  /** The record was renewed within `generationTimeout`. */
  readonly alive: boolean
  /** Changes with every claim. */
  readonly version: string
  /** For how long a leadership that was renewed until now may still be held, in ms. */
  readonly lease: Millis
  /** The registry's clock, in tenths of seconds since 1970. */
  readonly time: number
}

export interface RenewalOptions {
  /** Requests a new fence, for a leadership that begins. */
  readonly withFence: boolean
  /** The leader's term. */
  readonly term: number
  /** For how long the leadership may be held after this renewal, in ms. */
  readonly lease: Millis
}

export type Renewal =
  /** The fence, if one was requested, is greater than all earlier ones. */
  | { readonly type: 'renewed'; readonly fence: Fence }
  /** The cluster was not renewed in time. It is over. */
  | { readonly type: 'lapsed' }
  /** The record names another cluster, or is unreadable. This cluster is over. */
  | { readonly type: 'superseded' }

export interface ClaimOptions {
  readonly cluster: ClusterIdentity
  /** The version of the record that the caller read. */
  readonly instead: string
  /**
   * Channels of the voters of that cluster. If a majority of them has no subscriber, the cluster counts as
   * gone even if it is alive. Empty: this is not checked.
   */
  readonly voterChannels: readonly string[]
  /** How long the new cluster is alive without a renewal, in ms. */
  readonly timeToLive: Millis
}

/** `lease`: as in RegistryView, of the clusters before this one. */
export type Claim = { readonly type: 'claimed'; readonly lease: Millis } | { readonly type: 'refused' }

export interface Registry {
  read(): Promise<RegistryView>
  /** Renews the record of a cluster. Restores the record if it was deleted or altered meanwhile. */
  renew(cluster: ClusterIdentity, options: RenewalOptions): Promise<Renewal>
  /** Refused if the record has changed since it was read, or its cluster is alive. */
  claim(options: ClaimOptions): Promise<Claim>
  /** Marks the cluster as over when its last member leaves. Then the next one need not wait. */
  end(cluster: ClusterIdentity): Promise<void>
}

/** The number of voters that may be missing while the rest is still a majority. */
export const tolerableLoss = (voters: number): number =>
  voters === 0 ? 0 : voters - (Math.floor(voters / 2) + 1)

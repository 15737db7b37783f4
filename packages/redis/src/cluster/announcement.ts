// Announcements from one instance to all others. They are JSON: they are rare, and people read them.
import type { Millis, NodeId } from '@oarlock/core'
import type { ClusterIdentity } from './registry.ts'

export type Announcement =
  /** The sender follows no leader, and wants to join a cluster. */
  | { readonly type: 'here' }
  /**
   * The leader, or the claimer, names the cluster. `leadership` is null until it has a fence. `lease`: for how
   * long it may be held after a renewal, in ms.
   */
  | {
      readonly type: 'cluster'
      readonly cluster: ClusterIdentity
      readonly leadership: { readonly term: number; readonly fence: number; readonly lease: Millis } | null
    }
  /** The sender leaves the cluster. */
  | { readonly type: 'leaving' }
  /** The leader has removed `member`, which had announced that it leaves. */
  | { readonly type: 'left'; readonly member: NodeId }

const text = new TextEncoder()

export const encodeAnnouncement = (announcement: Announcement): Uint8Array =>
  text.encode(JSON.stringify(announcement))

/** Null: it is malformed, or comes from a later version. */
export function decodeAnnouncement(body: Uint8Array): Announcement | null {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(body))
  } catch {
    return null
  }
  if (!isObject(value)) return null
  switch (value.type) {
    case 'here':
    case 'leaving':
      return { type: value.type }
    case 'left':
      return typeof value.member === 'string' ? { type: 'left', member: value.member } : null
    case 'cluster': {
      const { cluster, leadership } = value
      if (!isCluster(cluster) || (leadership !== null && !isLeadership(leadership))) return null
      const { id, generation, founders } = cluster
      return { type: 'cluster', cluster: { id, generation, founders }, leadership }
    }
    default:
      return null
  }
}

/** Everything that an announcement may contain. */
interface Fields {
  readonly type?: unknown
  readonly member?: unknown
  readonly cluster?: unknown
  readonly leadership?: unknown
  readonly id?: unknown
  readonly generation?: unknown
  readonly founders?: unknown
  readonly term?: unknown
  readonly fence?: unknown
  readonly lease?: unknown
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const isLeadership = (value: unknown): value is { term: number; fence: number; lease: Millis } =>
  isObject(value) &&
  Number.isSafeInteger(value.term) &&
  Number.isSafeInteger(value.fence) &&
  Number.isFinite(value.lease)

const isCluster = (value: unknown): value is ClusterIdentity =>
  isObject(value) &&
  typeof value.id === 'string' &&
  Number.isSafeInteger(value.generation) &&
  Array.isArray(value.founders) &&
  value.founders.length > 0 &&
  value.founders.every((id) => typeof id === 'string')

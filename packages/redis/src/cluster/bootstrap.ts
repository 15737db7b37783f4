// The next step of an instance that has no leader, or that leads and could not renew the record: join the
// registered cluster, claim a new one, or wait. A pure function (ARCHITECTURE.md, "Generations").
import type { Millis, NodeId } from '@oarlock/core'
import type { ClusterIdentity, ClusterRecord, RegistryView } from './registry.ts'

export interface Situation extends RegistryView {
  readonly self: NodeId
  /** The cluster that it is in. */
  readonly own: ClusterIdentity | null
  /** Whether it is a member there. Only a member knows the voters. */
  readonly isMember: boolean
  /** If it leads there: itself and the voters that answer it. Null: it does not lead. */
  readonly followers: readonly NodeId[] | null
  /**
   * Ids of the clusters that it has been in, its own included. It must not return: it has forgotten its
   * promises there.
   */
  readonly past: ReadonlySet<string>
  /** For how long it has heard no leader while Redis was up. */
  readonly leaderlessFor: Millis
  /** The instances that follow no leader, this one included. */
  readonly present: readonly NodeId[]
  /** The number of instances that found a cluster together. Null: the first instance founds it alone. */
  readonly expected: number | null
  /** How long to listen before claiming. A living cluster answers within this time. */
  readonly listenFor: Millis
  readonly generationTimeout: Millis
  /** How long its own cluster may take to elect a leader. */
  readonly ownTimeout: Millis
}

/** Why an instance waits. */
export type WaitReason =
  /** A living cluster may answer soon, or its own cluster may elect a leader. */
  | 'listening'
  /** It leads the cluster of the record. */
  | 'leading'
  /** The cluster of the record is alive, and has not taken this instance in. */
  | 'alive'
  /** The record is unreadable. It may be replaced when its cluster has had no leader for generationTimeout. */
  | 'unreadable'
  /** Fewer instances than expected are present, or others found the cluster. */
  | 'founders'

export type Step =
  | { readonly type: 'wait'; readonly because: WaitReason }
  | { readonly type: 'join'; readonly cluster: ClusterRecord }
  | {
      readonly type: 'claim'
      readonly founders: readonly NodeId[]
      /** The cluster is alive: the claim must check, atomically, that most of its voters are gone. */
      readonly onlyIfVotersAreGone: boolean
    }

const wait = (because: WaitReason): Step => ({ type: 'wait', because })
const claim = (founders: readonly NodeId[], onlyIfVotersAreGone = false): Step => ({
  type: 'claim',
  founders,
  onlyIfVotersAreGone,
})

export function nextStep(situation: Situation): Step {
  const { self, record, unreadable, alive, own, isMember } = situation
  const { followers, past, leaderlessFor, listenFor, generationTimeout, ownTimeout } = situation
  if (record !== null && !record.over && !past.has(record.id)) return { type: 'join', cluster: record }
  // It leads, and the record has lapsed: its followers continue with it as a new generation.
  if (followers !== null) return alive ? wait(unreadable ? 'unreadable' : 'leading') : claim(followers)
  if (leaderlessFor < listenFor) return wait('listening')
  if (alive && unreadable !== null) return wait('unreadable')
  if (alive) return record?.id === own?.id && isMember ? claim([self], true) : wait('alive')
  // Its own cluster may elect a leader soon, which then claims with its followers.
  if (own !== null && leaderlessFor < ownTimeout) return wait('listening')
  if (unreadable !== null && !unreadable.over && leaderlessFor < generationTimeout) return wait('unreadable')
  return unreadable === null && (record === null || record.over) ? firstClaim(situation) : claim([self])
}

/** The founders are the first `expected` instances in the order of their ids, on which all agree. */
function firstClaim({ self, present, expected }: Situation): Step {
  if (expected === null) return claim([self])
  const founders = [...present].sort().slice(0, expected)
  return founders.length === expected && founders.includes(self) ? claim(founders) : wait('founders')
}

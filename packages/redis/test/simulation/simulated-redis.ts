// A simulated Redis: one registry, channels, and the faults that a Redis may have. The registry does what the
// scripts do. Those are tested on a real Redis, in src/cluster/redis-registry.process.test.ts, together with
// this registry.
import type { NodeId } from '@oarlock/core'
import type { PeerMessage } from '@oarlock/runtime'
import type { FakeClock } from '@oarlock/test-support/fake-clock'
import {
  type Claim,
  type ClaimOptions,
  type ClusterIdentity,
  type ClusterRecord,
  type RegistryView,
  type Renewal,
  type RenewalOptions,
  tolerableLoss,
} from '../../src/cluster/registry.ts'
import type { Random } from './random.ts'

/** The side of an instance's connection that Redis sees. */
export interface Subscriber {
  readonly isUp: boolean
  /** Redis counts it as a subscriber. */
  readonly isSubscribed: boolean
  /** Redis went down or up. */
  redisChanged(): void
  /** `arrive` happens later, or never if the message is lost. */
  deliver(arrive: () => void): void
  announced(from: NodeId, body: Uint8Array): void
  received(cluster: string, from: NodeId, messages: readonly PeerMessage[]): void
}

interface Stored {
  readonly fence: number
  readonly record: ClusterRecord | null
  readonly alive: { readonly id: string; readonly until: number } | null
  readonly lease: number
  readonly term: number
}

const empty: Stored = { record: null, alive: null, fence: 0, lease: 0, term: 0 }

export class SimulatedRedis {
  readonly clock: FakeClock
  readonly random: Random
  /** The mean time of each way, to Redis and back, in ms. */
  latency = 1
  dropRate = 0
  isUp = true
  stored: Stored = empty
  /** Earlier states, to which a failover may return. */
  copies: Stored[] = []
  readonly subscribers = new Map<NodeId, Subscriber>()

  constructor(clock: FakeClock, random: Random) {
    this.clock = clock
    this.random = random
  }

  get time(): number {
    return 18_000_000_000 + Math.floor(this.clock.now() / 100)
  }

  get alive(): string | null {
    const { alive } = this.stored
    return alive !== null && alive.until > this.clock.now() ? alive.id : null
  }

  flush(): void {
    this.stored = empty
  }

  goDown(): void {
    this.isUp = false
    for (const subscriber of this.subscribers.values()) subscriber.redisChanged()
  }

  goUp(stored: Stored = this.stored): void {
    this.stored = stored
    this.isUp = true
    for (const subscriber of this.subscribers.values()) subscriber.redisChanged()
  }

  delay(): number {
    return this.latency * (0.5 + this.random())
  }

  read(): RegistryView {
    const { record, lease } = this.stored
    const version = record?.id ?? ''
    return { record, unreadable: null, alive: this.alive !== null, version, lease, time: this.time }
  }

  /** `timeToLive`: as in the record's script, in ms. */
  renew(cluster: ClusterIdentity, { withFence, term, lease }: RenewalOptions, timeToLive: number): Renewal {
    const { stored } = this
    if (stored.record !== null && stored.record.id !== cluster.id) return { type: 'superseded' }
    if (this.alive !== cluster.id) return { type: 'lapsed' }
    const fence = withFence ? Math.max(Math.floor(this.clock.now() * 1000), stored.fence + 1) : stored.fence
    this.stored = {
      record: { ...cluster, over: false },
      fence,
      alive: { id: cluster.id, until: this.clock.now() + timeToLive },
      lease: term < stored.term ? Math.max(lease, stored.lease) : lease,
      term: Math.max(term, stored.term),
    }
    return { type: 'renewed', fence }
  }

  claim({ cluster, instead, voterChannels, timeToLive }: ClaimOptions): Claim {
    const { record, fence, lease } = this.stored
    if ((record?.id ?? '') !== instead) return { type: 'refused' }
    if (this.alive !== null && record?.over !== true) {
      const missing = voterChannels.filter((channel) => !this.isSubscribed(channel)).length
      if (missing <= tolerableLoss(voterChannels.length)) return { type: 'refused' }
    }
    this.stored = {
      record: { ...cluster, over: false },
      fence,
      alive: { id: cluster.id, until: this.clock.now() + timeToLive },
      lease,
      term: 0,
    }
    return { type: 'claimed', lease }
  }

  end({ id }: ClusterIdentity): void {
    const { record } = this.stored
    if (record?.id === id) this.stored = { ...this.stored, record: { ...record, over: true }, alive: null }
  }

  isSubscribed(id: NodeId): boolean {
    return this.subscribers.get(id)?.isSubscribed === true
  }
}

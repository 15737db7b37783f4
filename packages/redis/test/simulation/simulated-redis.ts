// A simulated Redis: one registry, channels, and the faults that a Redis may have. The registry does what the
// scripts do. Those are tested on a real Redis, in src/cluster/redis-registry.process.test.ts, together with
// this registry.
import type { Message, NodeId } from '@oarlock/core'
import type { FakeClock } from '@oarlock/test-support/fake-clock'
import {
  type ClaimOptions,
  type ClusterIdentity,
  type ClusterRecord,
  type Renewal,
  tolerableLoss,
} from '../../src/cluster/registry.ts'
import type { Random } from './random.ts'

/** The side of an instance's connection that Redis sees. */
export interface Subscriber {
  readonly isUp: boolean
  /** Redis went down or up. */
  redisChanged(): void
  /** `arrive` happens later, or never if the message is lost. */
  deliver(arrive: () => void): void
  announced(from: NodeId, body: Uint8Array): void
  received(cluster: string, from: NodeId, messages: readonly Message[]): void
}

interface Stored {
  fence: number
  record: ClusterRecord | null
  alive: { readonly id: string; readonly until: number } | null
}

export class SimulatedRedis {
  readonly clock: FakeClock
  readonly random: Random
  readonly generationTimeout: number
  /** The mean time of each way, to Redis and back, in ms. */
  latency = 1
  dropRate = 0
  isUp = true
  stored: Stored = { record: null, alive: null, fence: 0 }
  /** Earlier states, to which a failover may return. */
  copies: Stored[] = []
  readonly subscribers = new Map<NodeId, Subscriber>()

  constructor(clock: FakeClock, random: Random, generationTimeout: number) {
    this.clock = clock
    this.random = random
    this.generationTimeout = generationTimeout
  }

  get time(): number {
    return 18_000_000_000 + Math.floor(this.clock.now() / 100)
  }

  get alive(): string | null {
    const { alive } = this.stored
    return alive !== null && alive.until > this.clock.now() ? alive.id : null
  }

  flush(): void {
    this.stored = { record: null, alive: null, fence: 0 }
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

  renew(cluster: ClusterIdentity, withFence: boolean): Renewal {
    const { record, fence } = this.stored
    if (record !== null && record.id !== cluster.id) return { type: 'superseded', by: record }
    if (this.alive !== cluster.id) return { type: 'lapsed' }
    const next = withFence ? Math.max(Math.floor(this.clock.now() * 1000), fence + 1) : fence
    this.stored = {
      record,
      fence: next,
      alive: { id: cluster.id, until: this.clock.now() + this.generationTimeout },
    }
    return { type: 'renewed', fence: next }
  }

  claim({ cluster, instead, voterChannels }: ClaimOptions): boolean {
    const { record, fence } = this.stored
    if ((record?.id ?? null) !== instead) return false
    if (this.alive !== null && record?.over !== true) {
      const missing = voterChannels.filter((channel) => !this.isSubscribed(channel)).length
      if (missing <= tolerableLoss(voterChannels.length)) return false
    }
    this.stored = {
      record: { ...cluster, over: false },
      fence,
      alive: { id: cluster.id, until: this.clock.now() + this.generationTimeout },
    }
    return true
  }

  end({ id }: ClusterIdentity): void {
    const { record } = this.stored
    if (record?.id === id) this.stored = { ...this.stored, record: { ...record, over: true }, alive: null }
  }

  isSubscribed(id: NodeId): boolean {
    return this.subscribers.get(id)?.isUp === true
  }
}

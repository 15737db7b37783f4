// One instance's connection to the simulated Redis, with its bus and the registry.
import type { NodeId } from '@oarlock/core'
import type { MessageReceiver, PeerEnvelope, PeerMessage, Transport } from '@oarlock/runtime'
import type {
  Claim,
  ClaimOptions,
  ClusterIdentity,
  Registry,
  RegistryView,
  Renewal,
  RenewalOptions,
} from '../../src/cluster/registry.ts'
import { RedisUnavailableError } from '../../src/connection/index.ts'
import type { BrokerConnection, Bus } from '../../src/election/ports.ts'
import type { SimulatedRedis, Subscriber } from './simulated-redis.ts'

export class SimulatedConnection implements BrokerConnection, Bus, Registry, Subscriber {
  readonly id: NodeId
  readonly redis: SimulatedRedis
  /** Nothing gets through, and neither side notices. */
  cutOff = false
  /** Redis has closed its connections. It does not notice, since it is cut off. */
  dropped = false
  /** Its subscriptions hang, but its commands work. */
  deaf = false
  #closed = false
  #crashed = false
  #backlog: (() => void)[] | null = null
  #wasUp = false
  readonly problems: readonly [] = []
  readonly #changes = new Set<(isUp: boolean) => void>()
  readonly #announcements = new Set<(from: NodeId, body: Uint8Array) => void>()
  readonly #receivers = new Map<string, MessageReceiver>()

  readonly #timeToLive: number

  constructor(id: NodeId, redis: SimulatedRedis, generationTimeout: number) {
    this.id = id
    this.#timeToLive = generationTimeout
    this.redis = redis
    redis.subscribers.set(id, this)
  }

  get isUp(): boolean {
    return this.redis.isUp && !this.#closed && !this.#crashed
  }

  get isSubscribed(): boolean {
    return this.isUp && !this.dropped
  }

  /** The process dies: it sends and receives nothing from now on. */
  crash(): void {
    this.#crashed = true
  }

  redisChanged(): void {
    if (this.isUp === this.#wasUp) return
    this.#wasUp = this.isUp
    for (const listener of [...this.#changes]) listener(this.isUp)
  }

  onChange(listener: (isUp: boolean) => void): () => void {
    this.#changes.add(listener)
    return () => this.#changes.delete(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  /** Sends a command, executes it and answers, each with a delay. It may be lost on either way. */
  #call<T>(execute: () => T): Promise<T> {
    const { redis } = this
    return new Promise<T>((resolve, reject) => {
      const fail = () => reject(new RedisUnavailableError('Redis is away', 'unknown'))
      if (!this.isUp) return fail()
      redis.clock.at(redis.clock.now() + redis.delay(), () => {
        if (!this.isUp || this.cutOff) {
          redis.clock.at(redis.clock.now() + 200, fail)
          return
        }
        const result = execute()
        redis.clock.at(redis.clock.now() + redis.delay(), () =>
          this.#arrive(() => (this.isUp && !this.cutOff ? resolve(result) : fail())),
        )
      })
    })
  }

  read(): Promise<RegistryView> {
    return this.#call(() => this.redis.read())
  }

  renew(cluster: ClusterIdentity, options: RenewalOptions): Promise<Renewal> {
    return this.#call(() => this.redis.renew(cluster, options, this.#timeToLive))
  }

  claim(options: ClaimOptions): Promise<Claim> {
    return this.#call(() => this.redis.claim(options))
  }

  end(cluster: ClusterIdentity): Promise<void> {
    return this.#call(() => this.redis.end(cluster))
  }

  channelOf(id: NodeId): string {
    return id
  }

  subscribers(id: NodeId): Promise<number> {
    return this.#call(() => (this.redis.isSubscribed(id) ? 1 : 0))
  }

  announce(body: Uint8Array): Promise<void> {
    return this.#call(() => {
      for (const subscriber of this.redis.subscribers.values())
        subscriber.deliver(() => subscriber.announced(this.id, body))
    })
  }

  onAnnouncement(listener: (from: NodeId, body: Uint8Array) => void): () => void {
    this.#announcements.add(listener)
    return () => this.#announcements.delete(listener)
  }

  announced(from: NodeId, body: Uint8Array): void {
    for (const listener of [...this.#announcements]) listener(from, body)
  }

  received(cluster: string, from: NodeId, messages: readonly PeerMessage[]): void {
    this.#receivers.get(cluster)?.receive(from, messages)
  }

  deliver(arrive: () => void): void {
    const { redis } = this
    if (redis.random() < redis.dropRate) return
    redis.clock.at(redis.clock.now() + redis.delay(), () => {
      if (this.isUp && !this.cutOff && !this.deaf) this.#arrive(arrive)
    })
  }

  /** While the process is stopped, arriving messages wait in its sockets. */
  #arrive(arrive: () => void): void {
    if (this.#backlog === null) arrive()
    else this.#backlog.push(arrive)
  }

  pause(): void {
    this.#backlog = []
  }

  resume(): void {
    const backlog = this.#backlog ?? []
    this.#backlog = null
    for (const arrive of backlog) arrive()
  }

  transport(cluster: string): Transport {
    return {
      open: async (receiver) => {
        this.#receivers.set(cluster, receiver)
      },
      send: (envelopes) => {
        for (const [to, messages] of byReceiver(envelopes))
          void this.#publish(cluster, to, messages).catch(() => {})
      },
      close: async () => {
        this.#receivers.delete(cluster)
      },
    }
  }

  #publish(cluster: string, to: NodeId, messages: readonly PeerMessage[]): Promise<void> {
    return this.#call(() => {
      const subscriber = this.redis.subscribers.get(to)
      if (subscriber?.isUp === true) subscriber.deliver(() => subscriber.received(cluster, this.id, messages))
      else this.deliver(() => this.#receivers.get(cluster)?.unreachable(to))
    })
  }
}

function byReceiver(envelopes: readonly PeerEnvelope[]): Map<NodeId, PeerMessage[]> {
  const batches = new Map<NodeId, PeerMessage[]>()
  for (const { to, message } of envelopes) {
    const batch = batches.get(to)
    if (batch === undefined) batches.set(to, [message])
    else batch.push(message)
  }
  return batches
}

// Instances and a broker in one process, with a clock that moves when told to: what Redis may do to them happens here, and quickly. The
// broker keeps the record as the scripts do (the scripts themselves are tried on a real Redis, in record.process.test.ts).
import type { Envelope, Message, NodeId } from '@oarlock/core'
import type { Leadership, Transport, TransportReceiver } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import {
  type ClaimOptions,
  type ClusterIdentity,
  type ClusterRecord,
  type Registry,
  type RegistryView,
  type Renewal,
  tolerableLoss,
} from '../src/cluster/registry.ts'
import { BrokerElection } from '../src/election/broker-election.ts'
import { completeOptions, type RedisElectionOptions } from '../src/election/options.ts'
import type { BrokerConnection, Bus } from '../src/election/ports.ts'

export interface Chance {
  next(): number
}

/** Small and good enough: mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let t = Math.imul(state ^ (state >>> 15), state | 1)
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296
    },
  }
}

interface Stored {
  fence: number
  record: ClusterRecord | null
  alive: { readonly id: string; readonly until: number } | null
}

/** A Redis: one record, channels, and the faults that it may have. */
export class FakeRedis {
  readonly clock: FakeClock
  readonly chance: Chance
  readonly generationTimeout: number
  /** Of the world's milliseconds: between sending and executing, and back. */
  latency = 1
  dropRate = 0
  isUp = true
  stored: Stored = { record: null, alive: null, fence: 0 }
  /** What it had at some times before. */
  copies: Stored[] = []
  readonly stations = new Map<NodeId, Station>()

  constructor(clock: FakeClock, chance: Chance, generationTimeout: number) {
    this.clock = clock
    this.chance = chance
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

  /** Goes down, and up again with what it then has. */
  goDown(): void {
    this.isUp = false
    for (const station of this.stations.values()) station.look()
  }

  goUp(stored: Stored = this.stored): void {
    this.stored = stored
    this.isUp = true
    for (const station of this.stations.values()) station.look()
  }

  delay(): number {
    return this.latency * (0.5 + this.chance.next())
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
      const missing = voterChannels.filter((channel) => !this.#listens(channel)).length
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

  #listens(id: string): boolean {
    return this.stations.get(id)?.isUp === true
  }
}

/** One instance's connection to it. */
export class Station implements BrokerConnection, Bus, Registry {
  readonly id: NodeId
  readonly redis: FakeRedis
  /** Nothing gets through, and nobody is told. */
  cutOff = false
  /** Its subscriptions hang; its commands do not. */
  deaf = false
  #closed = false
  #crashed = false
  #backlog: (() => void)[] | null = null
  #wasUp = false
  readonly #changes = new Set<(isUp: boolean) => void>()
  readonly #announcements = new Set<(from: NodeId, body: Uint8Array) => void>()
  readonly #receivers = new Map<string, TransportReceiver>()

  constructor(id: NodeId, redis: FakeRedis) {
    this.id = id
    this.redis = redis
    redis.stations.set(id, this)
  }

  get isUp(): boolean {
    return this.redis.isUp && !this.#closed && !this.#crashed
  }

  /** The process is gone: nothing is sent or received any more. */
  crash(): void {
    this.#crashed = true
  }

  look(): void {
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

  /** Something is sent, executed, and answered, each later; or it is lost on the way, there or back. */
  #call<T>(execute: () => T): Promise<T> {
    const { redis } = this
    return new Promise<T>((resolve, reject) => {
      const fail = () => reject(new Error('Redis is away'))
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
    return this.#call(() => {
      const { stored, alive, time } = this.redis
      return { record: stored.record, alive: stored.record !== null && alive === stored.record.id, time }
    })
  }

  renew(cluster: ClusterIdentity, withFence: boolean): Promise<Renewal> {
    return this.#call(() => this.redis.renew(cluster, withFence))
  }

  claim(options: ClaimOptions): Promise<boolean> {
    return this.#call(() => this.redis.claim(options))
  }

  end(cluster: ClusterIdentity): Promise<void> {
    return this.#call(() => this.redis.end(cluster))
  }

  channelOf(id: NodeId): string {
    return id
  }

  subscribers(id: NodeId): Promise<number> {
    return this.#call(() => (this.redis.stations.get(id)?.isUp === true ? 1 : 0))
  }

  announce(body: Uint8Array): Promise<void> {
    return this.#call(() => {
      for (const station of this.redis.stations.values())
        this.#deliver(station, () => {
          for (const listener of [...station.#announcements]) listener(this.id, body)
        })
    })
  }

  onAnnouncement(listener: (from: NodeId, body: Uint8Array) => void): () => void {
    this.#announcements.add(listener)
    return () => this.#announcements.delete(listener)
  }

  #deliver(station: Station, arrive: () => void): void {
    const { redis } = this
    if (redis.chance.next() < redis.dropRate) return
    redis.clock.at(redis.clock.now() + redis.delay(), () => {
      if (station.isUp && !station.cutOff && !station.deaf) station.#arrive(arrive)
    })
  }

  /** What comes in while the process is stopped lies in its sockets. */
  #arrive(what: () => void): void {
    if (this.#backlog === null) what()
    else this.#backlog.push(what)
  }

  pause(): void {
    this.#backlog = []
  }

  resume(): void {
    const backlog = this.#backlog ?? []
    this.#backlog = null
    for (const what of backlog) what()
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

  #publish(cluster: string, to: NodeId, messages: readonly Message[]): Promise<void> {
    return this.#call(() => {
      const station = this.redis.stations.get(to)
      if (station?.isUp !== true) {
        this.#deliver(this, () => this.#receivers.get(cluster)?.unreachable(to))
        return
      }
      this.#deliver(station, () => station.#receivers.get(cluster)?.receive(this.id, messages))
    })
  }
}

function byReceiver(envelopes: readonly Envelope[]): Map<NodeId, Message[]> {
  const batches = new Map<NodeId, Message[]>()
  for (const { to, message } of envelopes) {
    const batch = batches.get(to)
    if (batch === undefined) batches.set(to, [message])
    else batch.push(message)
  }
  return batches
}

export interface Instance {
  readonly id: NodeId
  readonly station: Station
  readonly election: BrokerElection
  readonly clock: PausableClock
}

/** The world's clock, as a process that can be stopped sees it: its timers are late then, and fire when it goes on. */
export class PausableClock {
  readonly #clock: FakeClock
  #paused = false
  #missed: (() => void)[] = []

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  at(at: number, callback: () => void): () => void {
    let cancelled = false
    const cancel = this.#clock.at(at, () => {
      if (cancelled) return
      if (this.#paused) this.#missed.push(() => !cancelled && callback())
      else callback()
    })
    return () => {
      cancelled = true
      cancel()
    }
  }

  get paused(): boolean {
    return this.#paused
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    for (const callback of this.#missed.splice(0)) callback()
  }
}

export class World {
  readonly clock: FakeClock = new FakeClock()
  readonly chance: Chance
  readonly redis: FakeRedis
  readonly instances = new Set<Instance>()
  /** Those that close. */
  readonly leaving = new Set<Instance>()
  readonly #options: Partial<RedisElectionOptions>
  #count = 0
  /** Every leadership that began, in order. */
  readonly fences: number[] = []
  #holders: readonly NodeId[] = []
  #lastLeadership = new Map<NodeId, Leadership>()

  constructor(seed = 1, options: Partial<RedisElectionOptions> = {}) {
    this.chance = chanceOf(seed)
    const { generationTimeout = 2000 } = options
    this.#options = options
    this.redis = new FakeRedis(this.clock, this.chance, generationTimeout)
  }

  start(options: Partial<RedisElectionOptions> = {}): Instance {
    const clock = new PausableClock(this.clock)
    const settings = completeOptions({
      redis: 'redis://nowhere',
      name: `i${++this.#count}`,
      shutdownSignals: [],
      ...this.#options,
      ...options,
      clock,
      random: () => this.chance.next(),
    })
    const station = new Station(settings.config.id, this.redis)
    const election = new BrokerElection({ settings, connection: station, bus: station, registry: station })
    station.look()
    const instance = { id: election.id, station, election, clock }
    this.instances.add(instance)
    return instance
  }

  crash(instance: Instance): void {
    instance.station.crash()
    instance.clock.pause()
    this.instances.delete(instance)
  }

  pause({ clock, station }: Instance): void {
    clock.pause()
    station.pause()
  }

  resume({ clock, station }: Instance): void {
    station.resume()
    clock.resume()
  }

  async close(instance: Instance): Promise<void> {
    const closed = instance.election.close()
    await this.passUntil(() => isSettled(closed), 20_000)
    this.instances.delete(instance)
    await closed
  }

  get holders(): readonly Instance[] {
    return [...this.instances, ...this.leaving].filter(({ election }) => election.leadership?.held === true)
  }

  /** Time passes in steps of a millisecond or a few; between two, everything that can happen happens. Nobody may ever see two holders. */
  async pass(ms: number, step = 2): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(step)
      for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate)
      this.#look()
    }
  }

  async passUntil(reached: () => boolean | Promise<boolean>, atMost: number): Promise<number> {
    const start = this.clock.now()
    while (!(await reached())) {
      if (this.clock.now() - start >= atMost) throw new Error(`not within ${atMost} ms`)
      await this.pass(2)
    }
    return this.clock.now() - start
  }

  /** Resolves with who leads, once one does. */
  async leader(atMost = 10_000): Promise<Instance> {
    await this.passUntil(() => this.holders.length > 0, atMost)
    return this.holders[0]!
  }

  #look(): void {
    const { holders } = this
    if (holders.length > 1)
      throw new Error(
        `two leaders at ${this.clock.now()}: ${holders.map(({ id, election }) => `${id} ${election.leadership?.fence}`).join(', ')}`,
      )
    for (const { id, election } of holders) {
      const leadership = election.leadership!
      if (this.#lastLeadership.get(id) === leadership) continue
      this.#lastLeadership.set(id, leadership)
      const last = this.fences.at(-1) ?? 0
      if (leadership.fence <= last) throw new Error(`the fence ${leadership.fence} comes after ${last}`)
      this.fences.push(leadership.fence)
    }
    this.#holders = holders.map(({ id }) => id)
  }

  get lastHolders(): readonly NodeId[] {
    return this.#holders
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const instance of [...this.instances]) {
      this.resume(instance)
      await this.close(instance)
    }
  }
}

const settledOnes = new WeakMap<Promise<unknown>, boolean>()

/** Has it been settled by now? */
function isSettled(promise: Promise<unknown>): boolean {
  if (!settledOnes.has(promise)) {
    settledOnes.set(promise, false)
    const settle = () => settledOnes.set(promise, true)
    promise.then(settle, settle)
  }
  return settledOnes.get(promise)!
}

// Instances and a simulated Redis in one process, with a clock that the test moves. So every fault of Redis
// and of the processes can be tried quickly. After every step the world checks that there is one leader at
// most, and that fences grow.
import type { NodeId } from '@oarlock/core'
import type { Leadership, Logger } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { RedisProblems } from '../../src/connection/index.ts'
import { BrokerElection } from '../../src/election/broker-election.ts'
import { completeOptions, type RedisElectionOptions } from '../../src/election/options.ts'
import { PausableClock } from './pausable-clock.ts'
import { type Random, randomOf } from './random.ts'
import { SimulatedConnection } from './simulated-connection.ts'
import { SimulatedRedis } from './simulated-redis.ts'

export interface Instance {
  readonly id: NodeId
  readonly connection: SimulatedConnection
  readonly election: BrokerElection
  readonly clock: PausableClock
}

export class World {
  readonly clock: FakeClock = new FakeClock()
  readonly random: Random
  readonly redis: SimulatedRedis
  readonly instances = new Set<Instance>()
  /** The instances that are closing. */
  readonly leaving = new Set<Instance>()
  readonly #options: Partial<RedisElectionOptions>
  /** Draws the election timeout of an instance. Null: all have the same. */
  drawElectionTimeout: (() => number) | null = null
  #count = 0
  /** The fence of every leadership, in the order in which they began. */
  readonly fences: number[] = []
  #lastLeadership = new Map<NodeId, Leadership>()

  constructor(seed = 1, options: Partial<RedisElectionOptions> = {}) {
    this.random = randomOf(seed)
    this.#options = options
    this.redis = new SimulatedRedis(this.clock, this.random)
  }

  start(options: Partial<RedisElectionOptions> = {}): Instance {
    const clock = new PausableClock(this.clock)
    const settings = completeOptions({
      redis: 'redis://nowhere',
      name: `i${++this.#count}`,
      shutdownSignals: [],
      logger: silent,
      ...(this.drawElectionTimeout === null ? {} : { electionTimeout: this.drawElectionTimeout() }),
      ...this.#options,
      ...options,
      clock,
      random: this.random,
    })
    const connection = new SimulatedConnection(settings.config.id, this.redis, settings.generationTimeout)
    const problems = new RedisProblems(settings.logger)
    const election = new BrokerElection({
      settings,
      connection,
      bus: connection,
      registry: connection,
      problems,
    })
    connection.redisChanged()
    const instance = { id: election.id, connection, election, clock }
    this.instances.add(instance)
    return instance
  }

  crash(instance: Instance): void {
    instance.connection.crash()
    instance.clock.pause()
    this.instances.delete(instance)
  }

  pause({ clock, connection }: Instance): void {
    clock.pause()
    connection.pause()
  }

  resume({ clock, connection }: Instance): void {
    connection.resume()
    clock.resume()
  }

  async close(instance: Instance): Promise<void> {
    const closed = instance.election.close()
    await this.passUntil(() => isDone(closed), 20_000)
    this.instances.delete(instance)
    await closed
  }

  get holders(): readonly Instance[] {
    return [...this.instances, ...this.leaving].filter(({ election }) => election.leadership?.held === true)
  }

  /** Lets time pass in small steps, and checks the invariants after each. */
  async pass(ms: number, step = 2): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(step)
      for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate)
      this.#checkInvariants()
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

  /** Resolves with the leader, once there is one. */
  async leader(atMost = 10_000): Promise<Instance> {
    await this.passUntil(() => this.holders.length > 0, atMost)
    return this.holders[0]!
  }

  #checkInvariants(): void {
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
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const instance of [...this.instances]) {
      this.resume(instance)
      await this.close(instance)
    }
  }
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

const doneByPromise = new WeakMap<Promise<unknown>, boolean>()

/** Whether the promise is fulfilled or rejected. */
function isDone(promise: Promise<unknown>): boolean {
  if (!doneByPromise.has(promise)) {
    doneByPromise.set(promise, false)
    const done = () => doneByPromise.set(promise, true)
    promise.then(done, done)
  }
  return doneByPromise.get(promise)!
}

// The recipes of one process over one store.
import type { Millis } from '@oarlock/core'
import {
  checkOptions,
  happensBefore,
  InvalidOptionsError,
  MemberClosedError,
  number,
  wait,
} from '@oarlock/runtime'
import type { Lease } from '@oarlock/store'
import { type NamedElection, QueueElection } from './election/index.ts'
import { type Environment, retryAfter } from './environment.ts'
import { type Lock, QueueLock } from './lock/index.ts'
import { electionsAt, locksAt, segmentOf } from './names.ts'
import { QueueFeed, type QueueRequests, queueRequests } from './queue/index.ts'
import { SharedLease } from './shared-lease.ts'

export interface RecipeOptions {
  /**
   * The time to live of the lease, in ms, from 50 on. When a process has died, others wait that long, and a leader or
   * holder that reaches the store no more is over by then. Default 5000. All that a process has of one `ttl` is renewed by
   * one message.
   */
  readonly ttl?: Millis
}

export interface NamedElectionOptions extends RecipeOptions {
  /** How long `close` waits for the tasks of `lead` to end, in ms. Default 5000. */
  readonly drainTimeout?: Millis
}

const defaultTtl: Millis = 5000
const shortestTtl: Millis = 50
const defaultDrainTimeout: Millis = 5000

const schema = { ttl: number({ of: 'ms', least: shortestTtl }) }
const electionSchema = { ...schema, drainTimeout: wait }

export class Recipes {
  readonly #environment: Environment
  readonly #leases: Map<Millis, SharedLease> = new Map()
  readonly #elections: Map<string, { readonly election: QueueElection; readonly ttl: Millis }> = new Map()
  readonly #electionFeed: QueueFeed
  readonly #lockFeed: QueueFeed
  readonly #electionRequests: QueueRequests
  readonly #lockRequests: QueueRequests
  #places = 0
  #isClosed = false

  constructor(environment: Environment) {
    const { kv, clock } = environment
    this.#environment = environment
    this.#electionFeed = new QueueFeed({ kv, root: electionsAt, clock, retryAfter })
    this.#lockFeed = new QueueFeed({ kv, root: locksAt, clock, retryAfter })
    this.#electionRequests = queueRequests(kv, electionsAt, this.#electionFeed)
    this.#lockRequests = queueRequests(kv, locksAt, this.#lockFeed)
  }

  election(name: string, options: NamedElectionOptions = {}): NamedElection {
    const queue = segmentOf('an election', name)
    checkOptions(options, electionSchema, 'election')
    const { ttl = defaultTtl, drainTimeout = defaultDrainTimeout } = options
    this.#checkOpen()
    const open = this.#elections.get(name)
    if (open !== undefined) {
      if (open.ttl !== ttl)
        throw new InvalidOptionsError(`the election '${name}' is open with the ttl ${open.ttl}, not ${ttl}`)
      return open.election
    }
    const election = new QueueElection({
      ...this.#environment,
      name,
      root: electionsAt,
      queue,
      ttl,
      lease: this.#leaseOf(ttl),
      feed: this.#electionFeed,
      requests: this.#electionRequests,
      newKey: (lease) => this.#newKey(electionsAt, queue, lease),
      drainTimeout,
    })
    this.#elections.set(name, { election, ttl })
    const forget = (): void => {
      if (this.#elections.get(name)?.election === election) this.#elections.delete(name)
    }
    election.closed.then(forget, forget)
    return election
  }

  lock(name: string, options: RecipeOptions = {}): Lock {
    const queue = segmentOf('a lock', name)
    checkOptions(options, schema, 'lock')
    const { ttl = defaultTtl } = options
    this.#checkOpen()
    return new QueueLock({
      ...this.#environment,
      name,
      queue,
      lease: this.#leaseOf(ttl),
      requests: this.#lockRequests,
      newKey: (lease) => this.#newKey(locksAt, queue, lease),
    })
  }

  /** Closes the elections, and gives the locks back. Call it while the store can be used. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled([...this.#elections.values()].map(({ election }) => election.close()))
    const { clock, leaveWithin } = this.#environment
    const ending = Promise.all([...this.#leases.values()].map((lease) => lease.close()))
    await happensBefore(clock, clock.now() + leaveWithin, (ended) => {
      ending.then(ended)
      return () => {}
    })
    this.#electionFeed.close()
    this.#lockFeed.close()
  }

  /** The store has stopped, and this is why. Calls of `lead` and `campaign` fail with it. */
  stop(cause: unknown): void {
    this.#isClosed = true
    for (const { election } of [...this.#elections.values()]) election.fail(cause)
    this.#electionFeed.close()
    this.#lockFeed.close()
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new MemberClosedError('it is closed', 'not-a-write')
  }

  #leaseOf(ttl: Millis): SharedLease {
    let lease = this.#leases.get(ttl)
    if (lease === undefined) {
      lease = new SharedLease(this.#environment.kv, ttl)
      this.#leases.set(ttl, lease)
    }
    return lease
  }

  #newKey(root: string, queue: string, lease: Lease): string {
    return `${root}${queue}/${lease.id.toString(16)}.${(++this.#places).toString(36)}`
  }
}

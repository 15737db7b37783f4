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
import {
  checkPermits,
  type Lock,
  mayHavePermit,
  mayRead,
  QueueLock,
  type QueueLockInit,
  type ReadWriteLock,
} from './lock/index.ts'
import { electionsAt, locksAt, segmentOf, semaphoresAt, sharedLocksAt } from './names.ts'
import { QueueFeed, type QueueRequests, queueRequests } from './queue/index.ts'
import { SharedLease } from './shared-lease.ts'

export interface RecipeOptions {
  /**
   * The time to live of the lease, in ms, from 50 on. When a process has died, others wait a little longer, and a leader or
   * holder that reaches the store no more is over by then. Default 5000. All that a process has of one `ttl` is renewed by
   * one message.
   */
  readonly ttl?: Millis
}

export interface NamedElectionOptions extends RecipeOptions {
  /** How long `close` waits for the tasks of `lead` to end, in ms. Default 5000. */
  readonly drainTimeout?: Millis
}

type LockRules = Partial<Pick<QueueLockInit, 'value' | 'mayShare'>>

interface Queues {
  readonly feed: QueueFeed
  readonly requests: QueueRequests
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
  /** By the root of their keys. */
  readonly #queues: Map<string, Queues> = new Map()
  #places = 0
  #isClosed = false

  constructor(environment: Environment) {
    this.#environment = environment
  }

  #queuesAt(root: string): Queues {
    let queues = this.#queues.get(root)
    if (queues === undefined) {
      const { kv, clock } = this.#environment
      const feed = new QueueFeed({ kv, root, clock, retryAfter })
      queues = { feed, requests: queueRequests(kv, root, feed) }
      this.#queues.set(root, queues)
    }
    return queues
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
      ...this.#queuesAt(electionsAt),
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
    return this.#lock('a lock', locksAt, name, options)
  }

  readWriteLock(name: string, options: RecipeOptions = {}): ReadWriteLock {
    const lock = (rules: LockRules): Lock => this.#lock('a lock', sharedLocksAt, name, options, rules)
    return {
      name,
      read: lock({ value: { mode: 'read' }, mayShare: mayRead }),
      write: lock({ value: { mode: 'write' } }),
    }
  }

  semaphore(name: string, permits: number, options: RecipeOptions = {}): Lock {
    checkPermits(permits)
    const rules = { value: { permits }, mayShare: mayHavePermit(permits) }
    return this.#lock('a semaphore', semaphoresAt, name, options, rules)
  }

  #lock(what: string, root: string, name: string, options: RecipeOptions, rules: LockRules = {}): Lock {
    const queue = segmentOf(what, name)
    checkOptions(options, schema, 'lock')
    this.#checkOpen()
    return new QueueLock({
      ...this.#environment,
      ...rules,
      name,
      queue,
      lease: this.#leaseOf(options.ttl ?? defaultTtl),
      requests: this.#queuesAt(root).requests,
      newKey: (lease) => this.#newKey(root, queue, lease),
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
    for (const { feed } of this.#queues.values()) feed.close()
  }

  /** The store has stopped, and this is why. Calls of `lead` and `campaign` fail with it. */
  stop(cause: unknown): void {
    this.#isClosed = true
    for (const { election } of [...this.#elections.values()]) election.fail(cause)
    for (const { feed } of this.#queues.values()) feed.close()
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

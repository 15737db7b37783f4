// A process that is no member: it uses the store of a cluster over one connection to any member, and over another one
// when that is lost.
import type { Millis, NodeId } from '@oarlock/core'
import {
  type Coordinator,
  type Lock,
  type NamedElection,
  type NamedElectionOptions,
  type ReadWriteLock,
  type RecipeOptions,
  Recipes,
} from '@oarlock/recipes'
import type { EventLogger, MemberIdentity } from '@oarlock/runtime'
import { Calls, RemoteBackend, type Store, storeOver } from '@oarlock/store'
import { newAbortController, newTaskContext, processClock } from '../node/index.ts'
import {
  type Address,
  BackOff,
  defaultRetryDelays,
  formatAddress,
  type NameLookup,
  PeerAddress,
  type Secrets,
  type TcpStreamLayer,
} from '../transport/index.ts'
import { Endpoints } from './endpoints.ts'
import { MemberConnection } from './member-connection.ts'

export interface ClientInit {
  readonly id: NodeId
  readonly endpoints: readonly string[]
  readonly cluster: string
  readonly secrets: Secrets
  readonly layer: TcpStreamLayer
  readonly lookup: NameLookup
  readonly requestTimeout: Millis
  readonly logger: EventLogger
}

const handshakeTimeout: Millis = 2000
/** For members that do not answer any more. */
const leaveWithin: Millis = 1000
/** As the members: after five times as long in silence a connection is closed. */
const aliveInterval: Millis = 1000

export class Client implements Coordinator, AsyncDisposable {
  readonly id: NodeId
  readonly kv: Store
  readonly #recipes: Recipes
  readonly #init: ClientInit
  readonly #endpoints: Endpoints
  readonly #calls: Calls
  readonly #backend: RemoteBackend
  readonly #closeStore: () => void
  readonly #backOff = new BackOff(defaultRetryDelays, Math.random)
  #connection: MemberConnection | null = null
  #timer: NodeJS.Timeout | undefined
  readonly #keepAliveTimer: NodeJS.Timeout
  #looking: PeerAddress | null = null
  #isServed = false
  #isClosed = false
  #closing: Promise<void> | null = null
  #onServed: (() => void) | null = null

  constructor(init: ClientInit) {
    this.#init = init
    this.#endpoints = new Endpoints(init.endpoints, Math.random)
    this.#calls = new Calls({
      clock: processClock,
      timeout: init.requestTimeout,
      elsewhere: ({ message }) => this.#connection?.destroy(message),
    })
    this.#backend = new RemoteBackend({ calls: this.#calls, problem: () => this.#endpoints.problems })
    const { store, close } = storeOver(this.#backend, {
      clock: processClock,
      newController: newAbortController,
    })
    this.id = init.id
    this.kv = store
    this.#closeStore = close
    this.#recipes = new Recipes({
      kv: store,
      clock: processClock,
      newController: newAbortController,
      id: init.id,
      logger: init.logger,
      newTaskContext,
      leaveWithin,
    })
    this.#keepAliveTimer = setInterval(() => this.#connection?.keepAlive(), aliveInterval)
  }

  /** The member that serves this client now, and where it is; null: none. */
  get member(): { readonly id: NodeId; readonly address: string } | null {
    const id = this.#isServed ? (this.#connection?.member ?? null) : null
    return id === null ? null : { id, address: formatAddress(this.#endpoints.current) }
  }

  /** What is wrong with each endpoint, for messages. */
  get problems(): string {
    return this.#endpoints.problems
  }

  /** Resolves with whether a member serves it, within this time. */
  async open(within: Millis): Promise<boolean> {
    const served = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), within)
      this.#onServed = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
    void this.#dial()
    return served
  }

  async #dial(): Promise<void> {
    const { layer, lookup, cluster, secrets } = this.#init
    const address = this.#endpoints.current
    const name = new PeerAddress(address, lookup)
    this.#looking = name
    const failure = name.isName ? await name.resolve() : null
    this.#looking = null
    if (this.#isClosed) return
    if (failure !== null) return this.#lost(failure.message)
    const connection: MemberConnection = new MemberConnection({
      cluster,
      secrets,
      dial: (opened) => layer.dial({ peer: null, address, resolved: name.resolved }, opened),
      handshakeTimeout,
      welcomed: (member) => this.#served(connection, member, address),
      received: (message) => this.#calls.received(message),
      closed: (why) => this.#lost(why),
    })
    this.#connection = connection
  }

  #served(connection: MemberConnection, member: MemberIdentity, address: Address): void {
    this.#isServed = true
    this.#endpoints.served(addressesIn(member, formatAddress(address)))
    this.#backOff.reset()
    this.#onServed?.()
    this.#onServed = null
    this.#calls.connected((message) => connection.send(message))
  }

  #lost(why: string): void {
    const { logger, cluster } = this.#init
    const wasServed = this.#isServed
    const address = formatAddress(this.#endpoints.current)
    this.#connection = null
    this.#isServed = false
    this.#calls.disconnected()
    if (this.#isClosed) return
    this.#endpoints.failed(why)
    const facts = { cluster, address, problem: why }
    if (wasServed)
      logger.warn(
        { event: 'client-disconnected', ...facts },
        `lost the connection to a member at ${address}: ${why}`,
      )
    else if (this.#endpoints.allFailed)
      logger.warn(
        { event: 'client-not-connected', ...facts },
        `no member serves this client. ${this.problems}`,
      )
    // The next one at once, but after a whole round without success not sooner than the last time.
    const delay = wasServed ? 0 : this.#backOff.next()
    this.#timer = setTimeout(() => void this.#dial(), delay)
  }

  election(name: string, options?: NamedElectionOptions): NamedElection {
    return this.#recipes.election(name, options)
  }

  lock(name: string, options?: RecipeOptions): Lock {
    return this.#recipes.lock(name, options)
  }

  readWriteLock(name: string, options?: RecipeOptions): ReadWriteLock {
    return this.#recipes.readWriteLock(name, options)
  }

  semaphore(name: string, permits: number, options?: RecipeOptions): Lock {
    return this.#recipes.semaphore(name, permits, options)
  }

  /**
   * Leaves its elections and locks. Its leases end, each after its time to live, and its watches. Requests without an
   * answer fail.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#recipes.close()
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearInterval(this.#keepAliveTimer)
    this.#looking?.abandon()
    this.#closeStore()
    this.#backend.close()
    this.#calls.close()
    this.#connection?.destroy('the client was closed')
    await this.#init.layer.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Of the members that the table names, and of the one that was asked. */
function addressesIn({ membership }: MemberIdentity, asked: string): readonly string[] {
  const told = Object.values(membership?.members ?? {}).flatMap(({ address }) => address ?? [])
  return [asked, ...told]
}

// The store on an etcd, as an application opens it.
import { randomUUID } from 'node:crypto'
import {
  type Coordinator,
  type Lock,
  type NamedElection,
  type NamedElectionOptions,
  type ReadWriteLock,
  type RecipeOptions,
  Recipes,
} from '@oarlock/recipes'
import { guardedLogger } from '@oarlock/runtime'
import { type Store, storeOver } from '@oarlock/store'
import { newAbortController, newTaskContext, processClock, stderrLogger } from 'oarlock/node'
import { Connection } from './connection/index.ts'
import { completeOptions, type EtcdOptions } from './options.ts'
import { EtcdBackend } from './store/index.ts'

/** The store on an etcd. */
export interface EtcdStore extends Coordinator, AsyncDisposable {
  /** The name that others see when this process leads an election. */
  readonly id: string
  /**
   * Leaves its elections and locks. Ends the connections and the watches. Its leases are over here, and etcd ends them, each after its time
   * to live. Calls that wait fail with MemberClosedError, as later ones do.
   */
  close(): Promise<void>
}

/**
 * The store on an etcd. It connects at the first request. Throws InvalidOptionsError.
 *
 *     await using oarlock = etcd({ hosts: ['http://10.0.0.1:2379', 'http://10.0.0.2:2379'] })
 *     await oarlock.kv.put('config/limit', '10')
 */
export function etcd(options: EtcdOptions): EtcdStore {
  return new OpenEtcdStore(options)
}

class OpenEtcdStore implements EtcdStore {
  readonly id: string
  readonly kv: Store
  readonly #recipes: Recipes
  readonly #connection: Connection
  readonly #end: () => void
  #closing: Promise<void> | null = null

  constructor(options: EtcdOptions) {
    const settings = completeOptions(options)
    this.#connection = new Connection(settings)
    const backend = new EtcdBackend(this.#connection, settings.requestTimeout)
    const { store, close } = storeOver(backend, { clock: processClock, newController: newAbortController })
    const { id = `client-${randomUUID().slice(0, 8)}`, logger = stderrLogger } = settings
    this.id = id
    this.kv = store
    this.#recipes = new Recipes({
      kv: store,
      clock: processClock,
      newController: newAbortController,
      id,
      logger: guardedLogger(logger),
      newTaskContext,
      leaveWithin: 1000,
    })
    this.#end = () => {
      close()
      backend.close()
    }
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

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#recipes.close()
    this.#end()
    this.#connection.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

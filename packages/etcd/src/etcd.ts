// The store on an etcd, as an application opens it.
import { type Coordinator, type Store, storeOver } from '@oarlock/store'
import { newAbortController, processClock } from 'oarlock/node'
import { Connection } from './connection/index.ts'
import { completeOptions, type EtcdOptions } from './options.ts'
import { EtcdBackend } from './store/index.ts'

/** The store on an etcd. */
export interface EtcdStore extends Coordinator, AsyncDisposable {
  /**
   * Ends the connections and the watches. Its leases are over here, and etcd ends them, each after its time
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
  readonly kv: Store
  readonly #connection: Connection
  readonly #end: () => void

  constructor(options: EtcdOptions) {
    const settings = completeOptions(options)
    this.#connection = new Connection(settings)
    const backend = new EtcdBackend(this.#connection, settings.requestTimeout)
    const { store, close } = storeOver(backend, { clock: processClock, newController: newAbortController })
    this.kv = store
    this.#end = () => {
      close()
      backend.close()
    }
  }

  async close(): Promise<void> {
    if (this.#connection.isClosed) return
    this.#end()
    this.#connection.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

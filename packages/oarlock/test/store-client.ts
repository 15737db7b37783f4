// A client of members in the same process, without sockets. A test loses its connection, and the answers on it.
import { Calls, ClientService, RemoteBackend, type Store, storeOver } from '@oarlock/store'
import { expect } from 'vitest'
import { processClock } from '../src/index.ts'
import type { StoreMember } from '../src/store/index.ts'
import type { Joined } from './cluster.ts'

type Any = Joined<unknown, unknown>

const serviceOf = (member: Any): ClientService => {
  const { storeLink, backend } = member as unknown as StoreMember<unknown, unknown>
  return new ClientService({ link: storeLink, backend, size: () => member.metrics().store!.keys })
}

export class StoreClient {
  readonly store: Store
  readonly close: () => void
  readonly calls: Calls
  readonly #elsewhere: string[] = []
  #current: { readonly lose: () => void } | null = null
  /** Loses each answer of this kind of connection. */
  losesAnswers = false

  constructor(timeout = 5000) {
    this.calls = new Calls({
      clock: processClock,
      timeout,
      elsewhere: ({ code }) => void this.#elsewhere.push(code),
    })
    const backend = new RemoteBackend({ calls: this.calls, problem: () => 'nobody is there' })
    const { store, close } = storeOver(backend, {
      clock: processClock,
      newController: () => new AbortController(),
    })
    this.store = store
    this.close = () => {
      close()
      backend.close()
      this.calls.close()
    }
  }

  get toldToLookElsewhere(): readonly string[] {
    return this.#elsewhere
  }

  connect(member: Any): this {
    this.lose()
    let isOpen = true
    const handler = serviceOf(member).serve({
      queuedBytes: 0,
      send: (message) => {
        const copy = message.slice()
        setImmediate(() => {
          if (isOpen && !this.losesAnswers) this.calls.received(copy)
        })
      },
      destroy: (why) => expect.unreachable(why),
    })
    this.#current = {
      lose: () => {
        isOpen = false
        this.calls.disconnected()
        handler.closed()
      },
    }
    this.calls.connected((message) => {
      const copy = message.slice()
      setImmediate(() => {
        if (isOpen) handler.received(copy)
      })
    })
    return this
  }

  lose(): void {
    this.#current?.lose()
    this.#current = null
  }
}

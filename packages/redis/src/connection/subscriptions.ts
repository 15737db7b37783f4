// The wanted channels, and those that the current connection is subscribed to. One command at a time brings
// them in line: some client libraries fail when a channel is subscribed and unsubscribed at once.
import type { RedisClient } from './client.ts'
import { RedisUnavailableError } from './errors.ts'

export type ChannelListener = (payload: Uint8Array) => void

export interface SubscriptionsInit {
  /** This connection cannot be used for channels. */
  readonly failed: (client: RedisClient, error: Error) => void
  readonly changed: () => void
}

interface Waiter {
  readonly channel: string
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class Subscriptions {
  readonly #init: SubscriptionsInit
  readonly #wanted = new Map<string, Set<ChannelListener>>()
  readonly #subscribed = new Set<string>()
  readonly #waiters = new Set<Waiter>()
  /** The current connection, and the connection whose channels are being changed. */
  #client: RedisClient | null = null
  #syncing: RedisClient | null = null

  constructor(init: SubscriptionsInit) {
    this.#init = init
  }

  /** It is subscribed to every wanted channel. */
  get areConfirmed(): boolean {
    for (const channel of this.#wanted.keys()) if (!this.#subscribed.has(channel)) return false
    return true
  }

  add(channel: string, listener: ChannelListener): Promise<void> {
    const listeners = this.#wanted.get(channel)
    if (listeners === undefined) this.#wanted.set(channel, new Set([listener]))
    else listeners.add(listener)
    return this.#applied(channel)
  }

  remove(channel: string, listener: ChannelListener): Promise<void> {
    const listeners = this.#wanted.get(channel)
    if (listeners === undefined || !listeners.delete(listener) || listeners.size > 0) return Promise.resolve()
    this.#wanted.delete(channel)
    return this.#applied(channel)
  }

  /** Subscribes a new connection to all wanted channels. */
  async restore(client: RedisClient): Promise<void> {
    this.#client = client
    this.#subscribed.clear()
    await this.#sync(client)
  }

  /** The connection is lost. */
  lost(): void {
    this.#client = null
    this.#subscribed.clear()
    this.#resolveWaiters()
  }

  deliver(channel: string, payload: Uint8Array): void {
    for (const listener of [...(this.#wanted.get(channel) ?? [])]) {
      try {
        listener(payload)
      } catch (error) {
        // Thrown here, it would look like a connection error to the client library.
        process.nextTick(() => {
          throw error
        })
      }
    }
  }

  close(): void {
    this.lost()
    this.#wanted.clear()
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const { reject } of waiters)
      reject(new RedisUnavailableError('the connection to Redis was closed', 'not-applied'))
  }

  /** Resolves when the subscription of this channel is as wanted. */
  #applied(channel: string): Promise<void> {
    const applied = new Promise<void>((resolve, reject) => {
      this.#waiters.add({ channel, resolve, reject })
    })
    // A caller that ignores the promise need not handle its rejection.
    applied.catch(() => {})
    this.#resolveWaiters()
    this.#init.changed()
    const client = this.#client
    if (client !== null && this.#syncing !== client)
      this.#sync(client).catch((error) => this.#init.failed(client, error))
    return applied
  }

  #resolveWaiters(): void {
    for (const waiter of [...this.#waiters]) {
      if (this.#wanted.has(waiter.channel) !== this.#subscribed.has(waiter.channel)) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  async #sync(client: RedisClient): Promise<void> {
    this.#syncing = client
    try {
      while (this.#client === client) {
        const missing = [...this.#wanted.keys()].filter((channel) => !this.#subscribed.has(channel))
        const surplus = [...this.#subscribed].filter((channel) => !this.#wanted.has(channel))
        if (missing.length === 0 && surplus.length === 0) return
        if (missing.length > 0) await client.subscribe(missing)
        else await client.unsubscribe(surplus)
        if (this.#client !== client) return
        if (missing.length > 0) for (const channel of missing) this.#subscribed.add(channel)
        else for (const channel of surplus) this.#subscribed.delete(channel)
        this.#resolveWaiters()
        this.#init.changed()
      }
    } finally {
      if (this.#syncing === client) this.#syncing = null
    }
  }
}

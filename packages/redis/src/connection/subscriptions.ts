// The wanted channels, and those that the current connection is subscribed to. One command at a time brings
// them in line: some client libraries fail when a channel is subscribed and unsubscribed at once. A channel
// that Redis refuses is tried again later, and the others work meanwhile.
import type { Millis } from '@oarlock/core'
import type { RedisClient } from './client.ts'
import { RedisUnavailableError } from './errors.ts'
import type { RedisProblem } from './problem.ts'
import { explainRefusal } from './refusal.ts'

export type ChannelListener = (payload: Uint8Array) => void

/** A refused channel is tried again after this time. */
const retryAfter: Millis = 1000

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
  /** Redis has refused these channels on the current connection. */
  readonly #refused = new Set<string>()
  readonly #problems = new Map<string, RedisProblem>()
  readonly #waiters = new Set<Waiter>()
  /** The current connection, and the connection whose channels are being changed. */
  #client: RedisClient | null = null
  #syncing: RedisClient | null = null
  #retry: NodeJS.Timeout | undefined

  constructor(init: SubscriptionsInit) {
    this.#init = init
  }

  isSubscribed(channel: string): boolean {
    return this.#subscribed.has(channel)
  }

  /** Why Redis refuses this channel. Null: it does not. */
  problemOf(channel: string): RedisProblem | null {
    return this.#problems.get(channel) ?? null
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
    this.#problems.delete(channel)
    return this.#applied(channel)
  }

  /** Subscribes a new connection to all wanted channels. */
  async restore(client: RedisClient): Promise<void> {
    this.lost()
    this.#client = client
    await this.#sync(client)
  }

  /** The connection is lost. */
  lost(): void {
    clearTimeout(this.#retry)
    this.#client = null
    this.#subscribed.clear()
    this.#refused.clear()
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
    this.#syncNow()
    return applied
  }

  #syncNow(): void {
    const client = this.#client
    if (client !== null && this.#syncing !== client)
      this.#sync(client).catch((error) => this.#init.failed(client, error))
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
        const missing = [...this.#wanted.keys()].filter(
          (channel) => !this.#subscribed.has(channel) && !this.#refused.has(channel),
        )
        const surplus = [...this.#subscribed].filter((channel) => !this.#wanted.has(channel))
        if (missing.length > 0) await this.#subscribe(client, missing)
        else if (surplus.length > 0) await this.#unsubscribe(client, surplus)
        else return
        if (this.#client !== client) return
        this.#resolveWaiters()
        this.#init.changed()
      }
    } finally {
      if (this.#syncing === client) this.#syncing = null
    }
  }

  /** Redis refuses all channels of a command if it refuses one, so then each one is tried alone. */
  async #subscribe(client: RedisClient, channels: readonly string[]): Promise<void> {
    try {
      await client.subscribe(channels)
    } catch (error) {
      if (!(error instanceof Error) || !client.isReply(error)) throw error
      if (channels.length > 1) {
        for (const channel of channels) if (this.#client === client) await this.#subscribe(client, [channel])
      } else if (this.#client === client) this.#isRefused(channels[0]!, error)
      return
    }
    if (this.#client !== client) return
    for (const channel of channels) {
      this.#subscribed.add(channel)
      this.#problems.delete(channel)
    }
  }

  async #unsubscribe(client: RedisClient, channels: readonly string[]): Promise<void> {
    await client.unsubscribe(channels)
    if (this.#client === client) for (const channel of channels) this.#subscribed.delete(channel)
  }

  #isRefused(channel: string, { message }: Error): void {
    const since = this.#problems.get(channel)?.since ?? performance.now()
    this.#problems.set(channel, { text: explainRefusal(message, ['SUBSCRIBE', channel]), since })
    this.#refused.add(channel)
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      this.#refused.clear()
      this.#syncNow()
    }, retryAfter)
  }
}

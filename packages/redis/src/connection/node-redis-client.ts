// A connection of node-redis (the package `redis`) 5 or 6.
import type { ClientListener, RedisClient } from './client.ts'
import { connectTimeout } from './client.ts'

/** The part of node-redis's client that this package uses. */
export interface NodeRedis {
  readonly options?:
    | { readonly database?: number | undefined; readonly socket?: object | undefined }
    | undefined
  duplicate(overrides: object): NodeRedis
  connect(): Promise<unknown>
  destroy(): void
  sendCommand(args: readonly (string | Buffer)[]): Promise<unknown>
  subscribe(channels: string[], listener: NodeRedisListener, bufferMode: true): Promise<void>
  unsubscribe(channels: string[], listener?: undefined, bufferMode?: true): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect' | 'end', listener: () => void): unknown
}

type NodeRedisListener = (payload: Buffer, channel: Buffer) => void

/** A client with the user's options, except for those that the contract of RedisClient needs. */
export const duplicateNodeRedis = (client: NodeRedis): NodeRedis =>
  client.duplicate({
    // `socket` has the address already. The URL would override it and lose options.
    url: undefined,
    socket: { ...client.options?.socket, connectTimeout, reconnectStrategy: false, socketTimeout: undefined },
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: undefined,
    commandOptions: { timeout: undefined },
    pingInterval: undefined,
    keyPrefix: undefined,
    clientSideCache: undefined,
    emitInvalidate: false,
    maintNotifications: 'disabled',
  })

export class NodeRedisClient implements RedisClient {
  readonly #redis: NodeRedis
  readonly #listener: ClientListener
  /** The library's `destroy` leaves a socket open that is still connecting. */
  #isConnecting = false
  #isDestroyed = false

  constructor(redis: NodeRedis, listener: ClientListener) {
    this.#redis = redis
    this.#listener = listener
    redis.on('error', (error) => listener.lost(error))
    redis.on('end', () => listener.lost(null))
    redis.on('connect', () => this.#connectEnded())
  }

  get database(): number {
    return this.#redis.options?.database ?? 0
  }

  async open(): Promise<void> {
    this.#isConnecting = true
    try {
      await this.#redis.connect()
    } finally {
      this.#connectEnded()
    }
  }

  send(args: readonly (string | Buffer)[]): Promise<unknown> {
    return this.#redis.sendCommand(args)
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#redis.subscribe(
      [...channels],
      (payload, channel) => this.#listener.message(channel.toString(), payload),
      true,
    )
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#redis.unsubscribe([...channels], undefined, true)
  }

  isReply(error: unknown): boolean {
    if (!(error instanceof Error)) return false
    for (let type = Object.getPrototypeOf(error); type !== null; type = Object.getPrototypeOf(type))
      if (type.constructor.name === 'ErrorReply') return true
    return false
  }

  destroy(): void {
    this.#isDestroyed = true
    if (!this.#isConnecting) this.#destroy()
  }

  #connectEnded(): void {
    this.#isConnecting = false
    if (this.#isDestroyed) this.#destroy()
  }

  #destroy(): void {
    try {
      this.#redis.destroy()
    } catch {
      // It is closed already.
    }
  }
}

// A connection of node-redis (the package `redis`) 5 or 6.
import type { ClientListener, RedisClient } from './client.ts'
import { connectTimeout } from './client.ts'

/** As much of node-redis's client as is used here. */
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

/** A client with the options of the user's own one, but for ours: see RedisClient. */
export const duplicateNodeRedis = (client: NodeRedis): NodeRedis =>
  client.duplicate({
    // The address is in `socket` already, and would be taken from here again, with less.
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
  /** A socket that is being made is not known to the library yet, and would be left open by its `destroy`. */
  #isDialling = false
  #isDestroyed = false

  constructor(redis: NodeRedis, listener: ClientListener) {
    this.#redis = redis
    this.#listener = listener
    redis.on('error', (error) => listener.lost(error))
    redis.on('end', () => listener.lost(null))
    redis.on('connect', () => this.#dialled())
  }

  get database(): number {
    return this.#redis.options?.database ?? 0
  }

  async open(): Promise<void> {
    this.#isDialling = true
    try {
      await this.#redis.connect()
    } finally {
      this.#dialled()
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
    if (!this.#isDialling) this.#destroy()
  }

  #dialled(): void {
    this.#isDialling = false
    if (this.#isDestroyed) this.#destroy()
  }

  #destroy(): void {
    try {
      this.#redis.destroy()
    } catch {
      // It was closed already.
    }
  }
}

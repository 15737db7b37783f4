// Redis instead of TCP for `join()`: fixed members, a log on disk, messages over channels.
import type { Envelope, Millis, NodeId } from '@oarlock/core'
import {
  InvalidOptionsError,
  ListenError,
  type Logger,
  type Transport,
  type TransportReceiver,
} from 'oarlock'
import { connect, type RedisConnection, type RedisSource, within } from '../connection/index.ts'
import { RedisBus } from './bus.ts'

export interface RedisTransportOptions {
  /** A URL, options of ioredis, or a client of ioredis or node-redis, which is duplicated. */
  readonly redis: RedisSource
  /** Of its channels. Default 'oarlock'. */
  readonly prefix?: string
  /** This member's name, as in `join`. */
  readonly id: NodeId
  /** As in `join`: members of different clusters do not hear one another. Default 'oarlock'. */
  readonly cluster?: string
  /** The same for all members. Who does not know it is not heard; without one, everybody is who may use the Redis. */
  readonly secret?: string | Uint8Array
  readonly logger?: Logger
}

type Settings = RedisTransportOptions & Required<Pick<RedisTransportOptions, 'prefix' | 'cluster'>>

/** `open` waits for Redis for this long, then goes on without it: it is tried again for ever. */
const patience: Millis = 2000

/**
 * `open` rejects with ListenError where another process has the same id and answers. A Redis that is not there is no error:
 * nothing is sent or received until it is. Throws InvalidOptionsError for options that cannot work.
 */
export function redisTransport(options: RedisTransportOptions): Transport {
  const { id, cluster = 'oarlock', prefix = 'oarlock', secret } = options
  for (const [name, value] of Object.entries({ id, cluster, prefix }))
    if (typeof value !== 'string' || value === '') throw new InvalidOptionsError(`${name} must not be empty`)
  if (/[{}]/.test(prefix)) throw new InvalidOptionsError('prefix must not have braces in it')
  if (secret?.length === 0) throw new InvalidOptionsError('secret must not be empty')
  return new RedisTransport({ ...options, cluster, prefix })
}

class RedisTransport implements Transport {
  readonly #options: Settings
  #state: 'new' | 'open' | 'closed' = 'new'
  #connection: RedisConnection | null = null
  #bus: RedisBus | null = null
  #inner: Transport | null = null
  #opening: Promise<void> | null = null
  #closing: Promise<void> | null = null

  constructor(options: Settings) {
    this.#options = options
  }

  async open(receiver: TransportReceiver): Promise<void> {
    if (this.#state !== 'new') throw new ListenError('a transport opens once: make a new one')
    this.#state = 'open'
    this.#opening = this.#open(receiver)
    try {
      await this.#opening
    } catch (error) {
      await this.close()
      throw error
    }
  }

  send(envelopes: readonly Envelope[]): void {
    this.#inner?.send(envelopes)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #open(receiver: TransportReceiver): Promise<void> {
    const { redis, prefix, id, cluster, secret, logger } = this.#options
    this.#connection = connect(redis, { prefix, logger })
    const bus = new RedisBus({ connection: this.#connection, prefix, id, secret, logger })
    this.#bus = bus
    const taken = `another process goes by the id '${id}' in this Redis: stop it, or give this one another id`
    if (await within(patience, bus.opened)) {
      if (await isTaken(bus)) throw new ListenError(taken)
    } else {
      bus.opened.then(
        async () => (await isTaken(bus)) && logger?.error({ id }, taken),
        () => {},
      )
    }
    if (this.#isClosed) throw closedWhileOpening()
    bus.establish()
    const inner = bus.transport(cluster)
    await inner.open(receiver)
    this.#inner = inner
  }

  async #close(): Promise<void> {
    this.#state = 'closed'
    await this.#inner?.close()
    await this.#bus?.close()
    await this.#connection?.close()
    await this.#opening?.catch(() => {})
    await this.#connection?.close()
  }

  get #isClosed(): boolean {
    return this.#state === 'closed'
  }
}

const closedWhileOpening = (): ListenError => new ListenError('closed while it was opening')

/** A Redis that goes away meanwhile cannot say. */
const isTaken = (bus: RedisBus): Promise<boolean> => bus.isTaken().catch(() => false)

// A transport over Redis for `join()`, instead of TCP: fixed members, a log on disk, messages over channels.
import type { Envelope, Millis, NodeId } from '@oarlock/core'
import {
  checkOptions,
  guardedLogger,
  type Logger,
  type LoggerOption,
  loggerRule,
  needed,
  type Schema,
  type Transport,
  type TransportReceiver,
  text,
} from '@oarlock/runtime'
import { ListenError } from 'oarlock'
import { type SecretOption, type Secrets, secretRule, secretsOf } from '../authentication/index.ts'
import {
  connect,
  fulfilledWithin,
  prefixRule,
  type RedisConnection,
  type RedisSource,
  redisRule,
} from '../connection/index.ts'
import { RedisBus } from './bus.ts'

export interface RedisTransportOptions {
  /** A URL, options of ioredis, or a client of ioredis or node-redis, which is duplicated. */
  readonly redis: RedisSource
  /** The prefix of its channels. Default 'oarlock'. */
  readonly prefix?: string
  /** This member's id, as in `join`. */
  readonly id: NodeId
  /** As in `join`: members receive messages only from their own cluster. Default 'oarlock'. */
  readonly cluster?: string
  /**
   * The same for all members. Messages without it are dropped. Two during a rotation: the first one signs, and
   * both are accepted. Default: none, so anyone with access to Redis can send.
   */
  readonly secret?: SecretOption<string | Uint8Array>
  readonly logger?: LoggerOption
}

interface Settings extends Omit<RedisTransportOptions, 'secret' | 'logger'> {
  readonly prefix: string
  readonly cluster: string
  readonly secrets: Secrets
  readonly logger: Logger | undefined
}

const schema: Schema<RedisTransportOptions> = {
  redis: needed(redisRule),
  prefix: prefixRule,
  id: needed(text()),
  cluster: text(),
  secret: secretRule,
  logger: loggerRule,
}

/** The longest that `open` waits for Redis. Then it opens without Redis, and goes on trying to connect. */
const openTimeout: Millis = 2000

/**
 * `open` rejects with ListenError if another live process has the same id. It does not reject while Redis is
 * unreachable: the transport sends and receives once Redis is up. Throws InvalidOptionsError for options that
 * cannot work.
 */
export function redisTransport(options: RedisTransportOptions): Transport {
  checkOptions(options, schema, 'redisTransport')
  const { cluster = 'oarlock', prefix = 'oarlock', secret, logger, ...rest } = options
  const secrets = secretsOf(secret)
  return new RedisTransport({ ...rest, cluster, prefix, secrets, logger: logger && guardedLogger(logger) })
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
    if (this.#state !== 'new') throw new ListenError('this transport was opened before: create a new one')
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
    const { redis, prefix, id, cluster, secrets, logger } = this.#options
    this.#connection = connect(redis, { prefix, logger })
    const bus = new RedisBus({ connection: this.#connection, prefix, id, secrets, logger })
    this.#bus = bus
    const taken = `another process uses the id '${id}' on this Redis: stop it, or give this process another id`
    if (await fulfilledWithin(openTimeout, bus.opened)) {
      if (await isTaken(bus)) throw new ListenError(taken)
    } else {
      bus.opened.then(
        async () => (await isTaken(bus)) && logger?.error({ id }, taken),
        () => {},
      )
    }
    if (this.#isClosed) throw closedWhileOpening()
    bus.claimId()
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

const closedWhileOpening = (): ListenError => new ListenError('the transport was closed while it was opening')

/** False if Redis goes away before it answers. */
const isTaken = (bus: RedisBus): Promise<boolean> => bus.isTaken().catch(() => false)

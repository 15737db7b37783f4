// The members of etcd, and the one of them that requests go to: the first that has answered. When it fails,
// all are asked again, and the one that has failed a moment later than the others.
import type { Millis } from '@oarlock/core'
import { InvalidOptionsError } from '@oarlock/runtime'
import { Etcd3, type IOptions } from 'etcd3'
import { processClock } from 'oarlock/node'
import type { EtcdSettings } from '../options.ts'
import { firstKey } from '../protocol/index.ts'
import { failureOf } from './failure.ts'

export interface Endpoint {
  readonly host: string
  readonly client: Etcd3
}

/** How much later the member is asked that has failed, and the time between two rounds, in ms. */
const headStart: Millis = 200
const retryDelay: Millis = 100

export class Endpoints {
  readonly #all: readonly Endpoint[]
  readonly #dialTimeout: Millis
  #current: Endpoint | null = null
  #failed: Endpoint | null = null
  #dialing: Promise<void> | null = null
  #dialedAt: Millis = Number.NEGATIVE_INFINITY
  #problem = 'none has answered'
  readonly #hasUser: boolean
  #isClosed = false

  /** Throws InvalidOptionsError. */
  constructor(settings: EtcdSettings) {
    this.#dialTimeout = settings.dialTimeout
    this.#hasUser = settings.auth !== undefined
    this.#all = settings.hosts.map((host) => ({ host, client: clientOf(host, settings) }))
  }

  /** Why none is reached. */
  get problem(): string {
    return this.#problem
  }

  /** Resolves with one that has answered, or with null if there is none until then. */
  async reached(until: Millis): Promise<Endpoint | null> {
    while (!this.#isClosed && processClock.now() < until) {
      if (this.#current !== null) return this.#current
      this.#dialing ??= this.#dial().finally(() => {
        this.#dialing = null
      })
      await before(until, this.#dialing)
    }
    return null
  }

  /** It did not answer, or cannot serve. */
  failed(endpoint: Endpoint, why: string): void {
    this.#problem = `${endpoint.host}: ${why}`
    if (this.#current !== endpoint) return
    this.#current = null
    this.#failed = endpoint
  }

  /** A stream needs a token that has not expired, and only requests get another one. */
  async authenticate(endpoint: Endpoint): Promise<void> {
    if (this.#hasUser) await this.#probe(endpoint)
  }

  close(): void {
    this.#isClosed = true
    for (const { client } of this.#all) client.close()
  }

  async #dial(): Promise<void> {
    await delay(this.#dialedAt + retryDelay - processClock.now())
    this.#dialedAt = processClock.now()
    try {
      this.#current = await Promise.any(this.#all.map((endpoint) => this.#ask(endpoint)))
    } catch (error) {
      const { errors } = error as AggregateError
      this.#problem = errors.map((one: Error) => one.message).join('; ')
    }
  }

  async #ask(endpoint: Endpoint): Promise<Endpoint> {
    if (endpoint === this.#failed && this.#all.length > 1) await delay(headStart)
    await this.#probe(endpoint)
    return endpoint
  }

  /** Rejects unless it answers, be it with a refusal. */
  async #probe({ host, client }: Endpoint): Promise<void> {
    try {
      const request = { key: firstKey, serializable: true, count_only: true }
      await client.kv.range(request, { deadline: Date.now() + this.#dialTimeout })
    } catch (cause) {
      const { kind, text } = failureOf(cause)
      if (kind !== 'refused') throw new Error(`${host}: ${text}`, { cause })
    }
  }
}

/** No request is sent a second time, and no member is left out because it has failed before. */
const asIs = { execute: async (work: (context: object) => unknown) => work({}) }

function clientOf(host: string, { tls, auth, dialTimeout }: EtcdSettings): Etcd3 {
  const policy = asIs as unknown as NonNullable<NonNullable<IOptions['faultHandling']>['global']>
  const options: IOptions = {
    hosts: [host],
    faultHandling: { global: policy, host: () => policy },
    grpcOptions: {
      // Answers may be as long as etcd makes them.
      'grpc.max_receive_message_length': -1,
      // A connection that carries nothing any more is noticed, and DNS cannot ask for retries.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': dialTimeout,
      'grpc.service_config_disable_resolution': 1,
      'grpc.initial_reconnect_backoff_ms': retryDelay,
      'grpc.max_reconnect_backoff_ms': 1000,
    },
    ...(tls === undefined
      ? {}
      : {
          credentials: {
            rootCertificate: Buffer.from(tls.ca),
            ...(tls.key === undefined ? {} : { privateKey: Buffer.from(tls.key) }),
            ...(tls.cert === undefined ? {} : { certChain: Buffer.from(tls.cert) }),
          },
        }),
    ...(auth === undefined
      ? {}
      : { auth: { ...auth, callOptions: () => ({ deadline: Date.now() + dialTimeout }) } }),
  }
  try {
    return new Etcd3(options)
  } catch (cause) {
    throw new InvalidOptionsError(`etcd: tls cannot be used: ${(cause as Error).message}`, { cause })
  }
}

const delay = async (ms: Millis): Promise<void> => {
  if (ms > 0) await new Promise<void>((resolve) => processClock.at(processClock.now() + ms, resolve))
}

/** Resolves when it does, or at that time. */
function before(until: Millis, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = processClock.at(until, resolve)
    const over = (): void => {
      cancel()
      resolve()
    }
    work.then(over, over)
  })
}

// connect(): the store of a cluster for a process that is no member.
import { randomUUID } from 'node:crypto'
import type { Coordinator } from '@oarlock/recipes'
import { guardedLogger } from '@oarlock/runtime'
import { ConnectError } from '../errors.ts'
import { stderrLogger } from '../node/index.ts'
import { clientLayer, secretsOf } from '../transport/index.ts'
import { Client } from './client.ts'
import { type ConnectOptions, checkConnectOptions } from './options.ts'

/** A cluster, as a process uses it that is no member. */
export interface ConnectedClient extends Coordinator, AsyncDisposable {
  /** The name that others see when this client leads an election. */
  readonly id: string
  /** The member that serves this client now, and where it is; null: none. */
  readonly member: { readonly id: string; readonly address: string } | null
  /** Leaves its elections and locks. Its leases and watches end, and requests without an answer fail. */
  close(): Promise<void>
}

/**
 * Connects this process to a cluster. Resolves when a member serves it. When that is lost, the next one is asked, and
 * what has no answer yet is asked again: a write takes effect once.
 *
 *     await using oarlock = await connect({ endpoints: ['10.0.0.1:7400', '10.0.0.2:7400'] })
 *     await oarlock.kv.put('config/limit', '10')
 *
 * Throws InvalidOptionsError, TlsError, and ConnectError if no member serves it within `requestTimeout`.
 */
export async function connect(options: ConnectOptions): Promise<ConnectedClient> {
  checkConnectOptions(options)
  const {
    id = randomId(),
    endpoints,
    cluster = 'oarlock',
    secret,
    tls,
    requestTimeout = 5000,
    logger,
  } = options
  const lines = guardedLogger(logger ?? stderrLogger)
  const { layer, lookup } = clientLayer({ logger: lines, ...(tls === undefined ? {} : { tls }) })
  await layer.prepareToDial()
  const client = new Client({
    id,
    endpoints,
    cluster,
    secrets: secretsOf(secret),
    layer,
    lookup,
    requestTimeout,
    logger: lines,
  })
  if (await client.open(requestTimeout)) return client
  const { problems } = client
  await client.close()
  throw new ConnectError(
    `no member of '${cluster}' serves this client within ${requestTimeout} ms. ${problems}`,
  )
}

const randomId = (): string => `client-${randomUUID().slice(0, 8)}`

// The options of connect(), and what each may be.
import type { Millis } from '@oarlock/core'
import {
  checkOptions,
  duration,
  InvalidOptionsError,
  type LoggerOption,
  listOf,
  loggerRule,
  needed,
  type Schema,
  text,
} from '@oarlock/runtime'
import { parseAddress, secretRule, type TlsOptions, tlsRule } from '../transport/index.ts'

export interface ConnectOptions {
  /** The name that others see when this client leads an election. Default: 'client-' and a random number. */
  readonly id?: string
  /** Where members are: 'host:port', one or more. The others are learned from the first that answers. */
  readonly endpoints: readonly string[]
  /** The name of the cluster. Default 'oarlock'. */
  readonly cluster?: string
  /** As that of the members. Default: none. */
  readonly secret?: string | readonly [string, string]
  /** A key and certificate of the client, and the authorities of the members. Default: none. */
  readonly tls?: TlsOptions
  /** How long a request may take, and the first connection, in ms. Default 5000. */
  readonly requestTimeout?: Millis
  /** Default: warnings to stderr. */
  readonly logger?: LoggerOption
}

const schema: Schema<ConnectOptions> = {
  id: text(),
  endpoints: needed(listOf(text("a 'host:port'"), "'host:port'")),
  cluster: text(),
  secret: secretRule,
  tls: tlsRule,
  requestTimeout: duration,
  logger: loggerRule,
}

/** Throws InvalidOptionsError. */
export function checkConnectOptions(options: ConnectOptions): void {
  checkOptions(options, schema, 'connect')
  if (options.endpoints.length === 0)
    throw new InvalidOptionsError('connect: endpoints must have at least one address')
  for (const endpoint of options.endpoints) {
    const { port } = parseAddress(endpoint)
    if (port === 0) throw new InvalidOptionsError(`connect: nobody can be reached at port 0 of '${endpoint}'`)
  }
}

// The options of redisTransport(), checked and completed with their defaults.
import type { NodeId } from '@oarlock/core'
import {
  checkOptions,
  type EventLogger,
  guardedLogger,
  type LoggerOption,
  loggerRule,
  needed,
  type Schema,
  text,
} from '@oarlock/runtime'
import { type SecretOption, type Secrets, secretRule, secretsOf } from '../authentication/index.ts'
import { prefixRule, type RedisSource, redisRule } from '../connection/index.ts'

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
   * The same for all members. Messages without it are dropped. Two during a rotation: the first one signs,
   * and both are accepted. Default: none, so anyone with access to Redis can send.
   */
  readonly secret?: SecretOption<string | Uint8Array>
  readonly logger?: LoggerOption
}

export interface RedisTransportSettings extends Omit<RedisTransportOptions, 'secret' | 'logger'> {
  readonly prefix: string
  readonly cluster: string
  readonly secrets: Secrets
  readonly logger: EventLogger | undefined
}

const schema: Schema<RedisTransportOptions> = {
  redis: needed(redisRule),
  prefix: prefixRule,
  id: needed(text()),
  cluster: text(),
  secret: secretRule,
  logger: loggerRule,
}

/** Throws InvalidOptionsError. */
export function completeTransportOptions(options: RedisTransportOptions): RedisTransportSettings {
  checkOptions(options, schema, 'redisTransport')
  const { cluster = 'oarlock', prefix = 'oarlock', secret, logger, ...rest } = options
  const secrets = secretsOf(secret)
  return { ...rest, cluster, prefix, secrets, logger: logger && guardedLogger(logger) }
}

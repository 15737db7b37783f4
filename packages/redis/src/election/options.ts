// The options of redisElection(), checked and completed with their defaults.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { completeConfig, type Millis, type RaftConfig, RaftConfigError } from '@oarlock/core'
import { type Clock, InvalidOptionsError, type Logger } from '@oarlock/runtime'
import { processClock } from 'oarlock'

import { stderrLogger, unhandleable } from 'oarlock/node'
import { type SecretOption, type Secrets, secretsOf } from '../authentication/index.ts'

import type { RedisSource } from '../connection/index.ts'

export interface RedisElectionOptions {
  /** A URL, options of ioredis, or a client of ioredis or node-redis, which is duplicated and not changed. */
  readonly redis: RedisSource
  /** The instances of one prefix elect one leader. Default 'oarlock'. */
  readonly prefix?: string
  /** A name for people; it need not be unique. The id adds random digits. Default: the host's name. */
  readonly name?: string
  /** This many instances found the cluster; until then there is no leader. Default: the first founds it. */
  readonly expected?: number
  /**
   * The shortest time without a leader before an election, in ms. It must be the same on every instance,
   * because leases depend on it. Default 400.
   */
  readonly electionTimeout?: Millis
  /** A member that is silent for this long is removed, in ms. Default 10 × electionTimeout. */
  readonly forgetAfter?: Millis
  /**
   * After this long without a leader the remaining instances found a new generation, in ms. It must be the
   * same on every instance. Default 5 × electionTimeout.
   */
  readonly generationTimeout?: Millis
  /**
   * Messages without it are dropped. It must be the same on every instance. Two during a rotation: the first
   * one signs, and both are accepted. Default: none, so anyone with access to Redis can send.
   */
  readonly secret?: SecretOption<string>
  /** 0 to 100: an instance with a higher priority is preferred as leader. Default 1. */
  readonly priority?: number
  /** The longest that `close` waits for `lead` tasks to end, in ms. Default 5000. */
  readonly drainTimeout?: Millis
  /** Signals that close it; see MemberOptions of `oarlock`. Default ['SIGTERM', 'SIGINT']; [] for none. */
  readonly shutdownSignals?: readonly NodeJS.Signals[]
  /** Default: warnings and errors, one line each on stderr, at most 20 a minute. */
  readonly logger?: Logger
  readonly clock?: Clock
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: () => number
}

export interface ElectionSettings {
  readonly config: RaftConfig
  readonly prefix: string
  readonly secrets: Secrets
  readonly expected: number | null
  readonly forgetAfter: Millis
  readonly generationTimeout: Millis
  readonly drainTimeout: Millis
  readonly shutdownSignals: readonly NodeJS.Signals[]
  readonly logger: Logger
  readonly clock: Clock
  readonly random: () => number
}

const refuse = (what: string): never => {
  throw new InvalidOptionsError(what)
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Names are part of channel names and of Raft's ids. */
const validName = /^[\w.:@-]{1,100}$/

/** Throws InvalidOptionsError. */
export function completeOptions(options: RedisElectionOptions): ElectionSettings {
  if (typeof options !== 'object' || options === null) refuse('options must be an object')
  const { prefix = 'oarlock', name = hostname(), secret, expected = null, priority = 1 } = options
  if (!isText(options.redis) && (typeof options.redis !== 'object' || options.redis === null))
    refuse('redis must be a URL, options of ioredis, or a client of ioredis or node-redis')
  if (!isText(prefix) || /[{}]/.test(prefix)) refuse('prefix must be a non-empty string without braces')
  if (!validName.test(name)) refuse(`name must have 1 to 100 letters, digits and . : @ _ -, got '${name}'`)
  if (expected !== null && (!Number.isInteger(expected) || expected < 1))
    refuse(`expected must be a whole number of instances, 1 or more, got ${expected}`)
  const { electionTimeout = 400 } = options
  const config = configOf(`${name}~${randomBytes(4).toString('hex')}`, electionTimeout, priority)
  const {
    forgetAfter = 10 * electionTimeout,
    generationTimeout = 5 * electionTimeout,
    drainTimeout = 5_000,
  } = options
  if (!(forgetAfter >= 2 * electionTimeout))
    refuse(`forgetAfter must be at least 2 × electionTimeout (${2 * electionTimeout} ms), got ${forgetAfter}`)
  if (!(generationTimeout >= 2 * electionTimeout) || !Number.isFinite(generationTimeout))
    refuse(
      `generationTimeout must be at least 2 × electionTimeout (${2 * electionTimeout} ms), got ${generationTimeout}`,
    )
  if (!(drainTimeout >= 0)) refuse(`drainTimeout must be a number, 0 or above, got ${drainTimeout}`)
  const { shutdownSignals = ['SIGTERM', 'SIGINT'] } = options
  const unhandled = unhandleable(shutdownSignals)
  if (unhandled !== null) refuse(`shutdownSignals: '${unhandled}' is not a signal that a process can handle`)
  return {
    config,
    prefix,
    secrets: secretsOf(secret),
    expected,
    forgetAfter,
    generationTimeout,
    drainTimeout,
    shutdownSignals,
    logger: options.logger ?? stderrLogger,
    clock: options.clock ?? processClock,
    random: options.random ?? Math.random,
  }
}

function configOf(id: string, electionTimeout: Millis, priority: number): RaftConfig {
  try {
    return completeConfig({
      id,
      electionTimeout,
      heartbeatInterval: electionTimeout / 4,
      priority,
      electionOnly: true,
      stepDownOnRemoval: true,
    })
  } catch (error) {
    if (error instanceof RaftConfigError) return refuse(error.message)
    throw error
  }
}

// The options of redisElection(), checked and completed with their defaults.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { completeConfig, type Millis, type RaftConfig, RaftConfigError } from '@oarlock/core'
import {
  type Clock,
  callback,
  checkedRandom,
  checkOptions,
  duration,
  type EventLogger,
  guardedLogger,
  InvalidOptionsError,
  type LoggerOption,
  listOf,
  loggerRule,
  mustBe,
  needed,
  number,
  type Schema,
  withMethods,
} from '@oarlock/runtime'
import { processClock } from 'oarlock'
import { shutdownSignal, stderrLogger } from 'oarlock/node'
import { type SecretOption, type Secrets, secretRule, secretsOf } from '../authentication/index.ts'
import { prefixRule, type RedisSource, redisRule } from '../connection/index.ts'

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
   * The shortest time without a leader before an election, in ms. It may differ, and may be changed one
   * instance after the other. Default 400.
   */
  readonly electionTimeout?: Millis
  /** A member that is silent for this long is removed, in ms. Default 10 × electionTimeout. */
  readonly forgetAfter?: Millis
  /**
   * After this long without a leader the remaining instances found a new generation, in ms. Default 5 ×
   * electionTimeout.
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
  /** As in MemberOptions. Default: warnings and errors, one line each on stderr, at most 20 a minute. */
  readonly logger?: LoggerOption
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
  readonly logger: EventLogger
  readonly clock: Clock
  readonly random: () => number
}

const refuse = (what: string): never => {
  throw new InvalidOptionsError(what)
}

/** Names are part of channel names and of Raft's ids. Letters and digits may be of any script. */
const validName = /^[\p{L}\p{M}\p{N}_.:@-]{1,100}$/u

/** The host's name, as far as it can be a name here. */
export function defaultName(host: string): string {
  const letters = [...host.normalize().replace(/[^\p{L}\p{M}\p{N}_.:@-]/gu, '-')]
  return letters.slice(0, 50).join('') || 'instance'
}

const schema: Schema<RedisElectionOptions> = {
  redis: needed(redisRule),
  prefix: prefixRule,
  name: mustBe(
    '1 to 100 letters, digits and . : @ _ -',
    (value) => typeof value === 'string' && validName.test(value),
  ),
  expected: number({ of: 'instances', least: 1, whole: true }),
  electionTimeout: duration,
  forgetAfter: number({ of: 'milliseconds', above: 0, endless: true }),
  generationTimeout: duration,
  secret: secretRule,
  priority: number({ least: 0, most: 100, whole: true }),
  drainTimeout: number({ of: 'milliseconds', least: 0, endless: true }),
  shutdownSignals: listOf(shutdownSignal, 'signals'),
  logger: loggerRule,
  clock: withMethods('a clock', 'now', 'at'),
  random: callback('a function that returns a number in [0, 1)'),
}

/** Throws InvalidOptionsError. */
export function completeOptions(options: RedisElectionOptions): ElectionSettings {
  checkOptions(options, schema)
  const {
    prefix = 'oarlock',
    name = defaultName(hostname()),
    secret,
    expected = null,
    priority = 1,
  } = options
  const { electionTimeout = 400 } = options
  const config = configOf(`${name}~${randomBytes(4).toString('hex')}`, electionTimeout, priority)
  const {
    forgetAfter = 10 * electionTimeout,
    generationTimeout = 5 * electionTimeout,
    drainTimeout = 5_000,
    shutdownSignals = ['SIGTERM', 'SIGINT'],
  } = options
  for (const [option, time] of Object.entries({ forgetAfter, generationTimeout }))
    if (time < 2 * electionTimeout)
      refuse(`${option} must be at least 2 × electionTimeout (${2 * electionTimeout} ms), got ${time}`)
  return {
    config,
    prefix,
    secrets: secretsOf(secret),
    expected,
    forgetAfter,
    generationTimeout,
    drainTimeout,
    shutdownSignals,
    logger: guardedLogger(options.logger ?? stderrLogger),
    clock: options.clock ?? processClock,
    random: checkedRandom(options.random ?? Math.random),
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

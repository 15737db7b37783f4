// What redisElection() was given, checked and completed.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { completeConfig, type Millis, type RaftConfig, RaftConfigError } from '@oarlock/core'
import { type Clock, InvalidOptionsError, type Logger, processClock } from 'oarlock'
import { quietLogger, unhandleable } from 'oarlock/runtime'
import type { RedisElectionOptions } from './election.ts'

export interface ElectionSettings {
  readonly config: RaftConfig
  readonly prefix: string
  readonly secret: string | undefined
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

/** Names are part of channels and of Raft's ids. */
const NAME = /^[\w.:@-]{1,100}$/

/** Throws InvalidOptionsError. */
export function settleElection(options: RedisElectionOptions): ElectionSettings {
  if (typeof options !== 'object' || options === null) refuse('options must be an object')
  const { prefix = 'oarlock', name = hostname(), secret, expected = null, priority = 1 } = options
  if (!isText(options.redis) && (typeof options.redis !== 'object' || options.redis === null))
    refuse('redis must be a URL, options of ioredis, or a client')
  if (!isText(prefix) || /[{}]/.test(prefix))
    refuse('prefix must be a string that is not empty, without braces')
  if (!NAME.test(name)) refuse(`name must be 1 to 100 letters, digits and . : @ _ -, got '${name}'`)
  if (secret !== undefined && !isText(secret)) refuse('secret must be a string that is not empty')
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
  const impossible = unhandleable(shutdownSignals)
  if (impossible !== null)
    refuse(`shutdownSignals: '${impossible}' is not a signal that a process can handle`)
  return {
    config,
    prefix,
    secret,
    expected,
    forgetAfter,
    generationTimeout,
    drainTimeout,
    shutdownSignals,
    logger: options.logger ?? quietLogger,
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

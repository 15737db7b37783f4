// The public entry: an election among the instances that share a Redis and a prefix.
import { RedisBus } from '../bus/index.ts'
import { RedisRegistry } from '../cluster/index.ts'
import { RedisProblems, share } from '../connection/index.ts'
import { BrokerElection } from './broker-election.ts'
import type { RedisElection } from './election.ts'
import { completeOptions, type RedisElectionOptions } from './options.ts'

/**
 * Takes part in the election among all instances with the same prefix on the same Redis. It starts in the
 * background. While Redis is away there is no leader, and it goes on trying. It never throws because of
 * Redis.
 *
 *     await using election = redisElection({ redis: 'redis://127.0.0.1:6379', prefix: 'billing' })
 *     await election.lead(async ({ signal, fence }) => { … })
 *
 * Throws InvalidOptionsError.
 */
export function redisElection(options: RedisElectionOptions): RedisElection {
  const settings = completeOptions(options)
  const { config, prefix, secrets, generationTimeout, logger } = settings
  const problems = new RedisProblems(logger, Math.max(10_000, 2 * config.electionTimeout))
  const connection = share(options.redis, { prefix, logger })
  const bus = new RedisBus({ connection, prefix, id: config.id, secrets, logger, problems })
  const registry = new RedisRegistry({ connection, prefix, secrets, generationTimeout })
  return new BrokerElection({ settings, connection, bus, registry, problems })
}

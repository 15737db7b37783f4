// The public face: an election among the instances that share a Redis and a prefix.
import type { Millis, NodeId, RaftView } from '@oarlock/core'
import type { Clock, Election, Logger } from 'oarlock'
import { RedisBus } from './bus.ts'
import { Candidate } from './candidate.ts'
import { connect, type RedisSource } from './connection.ts'
import { settleElection } from './options.ts'
import { Registry } from './record.ts'

export interface RedisElectionOptions {
  /** A URL, options of ioredis, or a client of ioredis or node-redis, which is duplicated and left as it is. */
  readonly redis: RedisSource
  /** Instances of one prefix elect one leader. Default 'oarlock'. */
  readonly prefix?: string
  /** This instance's name, for people; several may have the same. Default: the host's name. Its id is `name~` and something random. */
  readonly name?: string
  /** How many instances found the cluster together: nobody leads before so many are there. Default: the first one founds it. */
  readonly expected?: number
  /** The shortest time without a leader before an election, in ms. The same on every instance: leases rest on it. Default 400. */
  readonly electionTimeout?: Millis
  /** An instance that was silent for so long is no member any more, in ms. Default 10 × electionTimeout. */
  readonly forgetAfter?: Millis
  /** After so long without a leader, in ms, whoever is there founds a new generation. The same on every instance. Default 5 × electionTimeout. */
  readonly generationTimeout?: Millis
  /** Whoever does not know it can neither be heard nor vote. The same on every instance. Default: no authentication. */
  readonly secret?: string
  /** Who leads rather, where several could: 0 to 100. Default 1. */
  readonly priority?: number
  /** How long `close` waits for `lead` tasks to end, in ms. Default 5000. */
  readonly drainTimeout?: Millis
  /** Signals on which it closes; see MemberOptions of `oarlock`. Default ['SIGTERM', 'SIGINT']; [] for none. */
  readonly shutdownSignals?: readonly NodeJS.Signals[]
  /** Default: says nothing, but on the console when it had to stop. */
  readonly logger?: Logger
  readonly clock?: Clock
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: () => number
}

export interface RedisElection extends Election {
  /** Ids of the voters and learners, as this instance knows them; empty while it takes part in no cluster. */
  readonly members: readonly NodeId[]
  /** The number of the cluster that it takes part in, or null. Fences grow over generations. */
  readonly generation: number | null
  /** Is Redis there? */
  readonly connected: boolean
  /** Everything that the core of this instance knows, for tools; null: it takes part in no cluster. */
  inspect(): RaftView | null
}

/**
 * Stands for election, together with all instances that have the same prefix at the same Redis. It begins in the background: Redis may be away,
 * then there is no leader, and it goes on trying. It never throws for that, nor later.
 *
 *     await using election = redisElection({ redis: 'redis://127.0.0.1:6379', prefix: 'billing' })
 *     await election.lead(async ({ signal, fence }) => { … })
 *
 * Throws InvalidOptionsError.
 */
export function redisElection(options: RedisElectionOptions): RedisElection {
  const settings = settleElection(options)
  const { config, prefix, secret, generationTimeout, logger } = settings
  const connection = connect(options.redis, { prefix, logger })
  const bus = new RedisBus({ connection, prefix, id: config.id, secret, logger })
  const records = new Registry({ connection, prefix, secret, generationTimeout })
  return new Candidate({ settings, link: connection, bus, records })
}

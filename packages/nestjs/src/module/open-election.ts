// Opens an election as its options say: over Redis, as a member over TCP, or one that is there already.
import { type Election, InvalidOptionsError, join, type Logger } from 'oarlock'
import { defaultElection } from '../election/name.ts'
import type { ElectionOptions, RedisBroker } from './options.ts'

/** The token of what opens elections. Tests put their own in its place. */
export const electionOpener = 'Oarlock ElectionOpener'

export interface OpenRequest {
  readonly name: string
  readonly options: ElectionOptions
  /** In ms. */
  readonly drainTimeout: number
  readonly logger: Logger
}

export type OpenElection = (request: OpenRequest) => Election | Promise<Election>

/** As much of `@oarlock/redis` as this needs: an application without Redis does not have it. */
interface RedisPackage {
  redisElection(options: object): Election
}

/** Our own budget ends first, and names what did not end. */
const margin = 1000

export const openElection: OpenElection = async ({ name, options, drainTimeout, logger }) => {
  if (options.election !== undefined) return options.election
  // Nest's shutdown hooks close it: a signal has one owner.
  const ours = { drainTimeout: drainTimeout + margin, shutdownSignals: [], logger }
  if (options.tcp !== undefined) return join({ ...ours, ...options.tcp, purpose: 'election' })
  const { redisElection } = await redisPackage()
  return redisElection({ ...ours, ...redisOptions(name, options) })
}

/** What redisElection is told. Every election has a prefix of its own: it is a cluster of its own. */
export function redisOptions(name: string, options: RedisBroker): object {
  const { redis, prefix = 'oarlock', instanceName, expected, electionTimeout } = options
  const { forgetAfter, generationTimeout, secret, priority } = options
  const all = {
    redis,
    prefix: name === defaultElection ? prefix : `${prefix}:${name}`,
    name: instanceName,
    expected,
    electionTimeout,
    forgetAfter,
    generationTimeout,
    secret,
    priority,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

async function redisPackage(): Promise<RedisPackage> {
  const name: string = '@oarlock/redis'
  try {
    return (await import('@oarlock/redis' as string)) as RedisPackage
  } catch (cause) {
    throw new InvalidOptionsError(`redis: the package ${name} could not be loaded; is it installed?`, {
      cause,
    })
  }
}

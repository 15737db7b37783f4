// Opens an election as its options say: over Redis, as a member over TCP, or an existing one.

import { type Coordinator, type Election, InvalidOptionsError, join, type LoggerOption } from 'oarlock'
import { defaultElection } from '../election/index.ts'
import type { ElectionOptions, RedisBroker } from './options.ts'

/** The token of the function that opens elections. @oarlock/nestjs/testing overrides it. */
export const electionOpener = 'Oarlock ElectionOpener'

export interface OpenRequest {
  readonly name: string
  readonly options: ElectionOptions
  /** In ms. */
  readonly drainTimeout: number
  readonly logger: LoggerOption
  /** The open election by that name. */
  readonly other: (name: string) => Promise<Election>
}

export type OpenElection = (request: OpenRequest) => Election | Promise<Election>

/**
 * The election's own drain timeout is longer by this. So ours ends first, and its warning names the work that
 * still runs.
 */
const margin = 1000

export const openElection: OpenElection = async ({ name, options, drainTimeout, logger, other }) => {
  if (options.election !== undefined) return options.election
  // Nest's shutdown hooks close it, so the member must not listen for signals itself.
  const ours = { drainTimeout: drainTimeout + margin, shutdownSignals: [], logger }
  if (options.tcp !== undefined) return join({ ...ours, ...options.tcp })
  const named = { drainTimeout: ours.drainTimeout }
  if (options.coordinator !== undefined) {
    const { coordinator, ttl } = options
    return coordinator.election(name, { ...named, ...(ttl === undefined ? {} : { ttl }) })
  }
  if ('sharedWith' in options)
    return coordinatorIn(await other(options.sharedWith), name).election(name, named)
  const { redisElection } = await redisPackage()
  return redisElection({ ...ours, ...redisOptions(name, options), redis: options.redis })
}

/** The options of redisElection. Every election is a cluster of its own, so it gets a prefix of its own. */
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

/** A member has elections by other names; other elections have none. */
function coordinatorIn(election: Election, name: string): Pick<Coordinator, 'election'> {
  if ('election' in election && typeof election.election === 'function')
    return election as Election & Coordinator
  throw new InvalidOptionsError(
    `OarlockModule.forFeature('${name}'): the election of OarlockModule.forRoot is no member, so it has no elections by other names: give this one redis, tcp, election or coordinator`,
  )
}

/** Applications without Redis do not install the package. */
async function redisPackage(): Promise<typeof import('@oarlock/redis')> {
  try {
    return await import('@oarlock/redis')
  } catch (cause) {
    throw new InvalidOptionsError('redis: the package @oarlock/redis could not be loaded; is it installed?', {
      cause,
    })
  }
}

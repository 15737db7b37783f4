// The health of an instance in an election. An instance that does not lead is healthy, unless it has long
// known no leader.
import { Inject } from '@nestjs/common'
import * as terminus from '@nestjs/terminus'
import { checkOptions, number, oneOf, type Schema, text } from 'oarlock/node'
import { type Elections, electionsToken } from '../application/index.ts'
import { defaultElection, type LeaderElectionService } from '../election/index.ts'

export interface ElectionHealthOptions {
  /** Default: the default election. */
  readonly election?: string
  /** For how long the instance may know no leader before it counts as `leaderless`, in ms. Default 10,000. */
  readonly leaderlessLimit?: number
  /**
   * The status of such an instance. `degraded` is a status of terminus 12; in 10 and 11 it is `up` with
   * `degraded: true`. Default `degraded`: the instance still serves, and restarting it would not bring a
   * leader back.
   */
  readonly leaderless?: 'degraded' | 'down'
}

const optionRules: Schema<ElectionHealthOptions> = {
  election: text(),
  leaderlessLimit: number({ of: 'milliseconds', least: 0, endless: true }),
  leaderless: oneOf('degraded', 'down'),
}

type Status = 'up' | 'degraded' | 'down'

/** The statuses are those of the terminus that is installed. */
export type ElectionHealth<Key extends string> = Record<
  Key,
  { status: terminus.HealthIndicatorResult[string]['status'] } & Record<
    string,
    string | number | boolean | null
  >
>

/**
 * Defined in terminus 10 and 11, where an indicator throws if it is down, and there is no status between up
 * and down.
 */
const olderError: unknown = Reflect.get(terminus, 'HealthCheckError')

/** Provide it in the module whose controller checks health: `providers: [ElectionHealthIndicator]`. */
export class ElectionHealthIndicator {
  readonly #elections: Elections

  constructor(elections: Elections) {
    this.#elections = elections
  }

  /** For `HealthCheckService.check`: `() => indicator.check('election')`. */
  async check<const Key extends string>(
    key: Key,
    options: ElectionHealthOptions = {},
  ): Promise<ElectionHealth<Key>> {
    checkOptions(options, optionRules, 'ElectionHealthIndicator.check')
    const service = this.#elections.get(options.election ?? defaultElection)
    const status = statusOf(service, options)
    return result(key, status, detailsOf(service, status))
  }
}
Inject(electionsToken)(ElectionHealthIndicator, undefined, 0)

function statusOf(
  { stopped, deferred, leaderlessFor }: LeaderElectionService,
  { leaderlessLimit = 10_000, leaderless = 'degraded' }: ElectionHealthOptions,
): Status {
  if (stopped !== null || deferred.liveness?.ok === false) return 'down'
  return leaderlessFor > leaderlessLimit ? leaderless : 'up'
}

/** The sentences of a message: a health check is read at a glance. */
const maxSentences = 3

/** `message` says what is wrong: why there is no leader, or what the instance knows besides. */
function detailsOf(service: LeaderElectionService, status: Status) {
  const { held, leader, leaderlessFor } = service
  const wrong = problemsOf(service, status)
  return {
    leads: held,
    leader: leader?.id ?? null,
    ...(leaderlessFor > 0 ? { leaderlessFor: Math.round(leaderlessFor) } : {}),
    ...(wrong === '' ? {} : { message: wrong }),
  }
}

function problemsOf(service: LeaderElectionService, status: Status): string {
  const { stopped } = service
  if (stopped !== null) return `takes no part any more: ${stopped.message}`
  const unwell = service.deferred.liveness?.reasons ?? []
  const findings = status === 'up' ? service.status().problems : service.why().findings
  return [...unwell, ...findings]
    .slice(0, maxSentences)
    .map(({ text }) => text)
    .join(' ')
}

function result<Key extends string>(
  key: Key,
  status: Status,
  details: Record<string, string | number | boolean | null>,
): ElectionHealth<Key> {
  const health = (value: Status, more: object = {}) =>
    ({ [key]: { status: value, ...details, ...more } }) as ElectionHealth<Key>
  if (olderError === undefined || status === 'up') return health(status)
  if (status === 'degraded') return health('up', { degraded: true })
  const HealthCheckError = olderError as new (message: string, causes: object) => Error
  throw new HealthCheckError(`${key} is down`, health('down'))
}

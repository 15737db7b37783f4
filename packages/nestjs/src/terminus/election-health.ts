// The health of an instance's part in an election. Not to lead is healthy; that nobody leads for long is not.
import { Inject } from '@nestjs/common'
import * as terminus from '@nestjs/terminus'
import { defaultElection } from '../election/name.ts'
import type { LeaderElectionService } from '../election/service.ts'
import { Elections } from '../module/elections.ts'

export interface ElectionHealthOptions {
  /** Default: the default election. */
  readonly election?: string
  /** For how long no leader may be known before that is degraded, in ms. Default 10,000. */
  readonly leaderlessLimit?: number
  /**
   * What it is then. `degraded` is a status of terminus 12; in 10 and 11 it is `up` with `degraded: true`. Default `degraded`: an
   * instance without a leader still serves, and to restart it would help nobody.
   */
  readonly leaderless?: 'degraded' | 'down'
}

type Status = 'up' | 'degraded' | 'down'

export type ElectionHealth<Key extends string> = Record<
  Key,
  { status: Status } & Record<string, string | number | boolean | null>
>

/** Until terminus 12 what is down has to be thrown, and there is nothing between up and down. */
const older: unknown = Reflect.get(terminus, 'HealthCheckError')

/** To be provided by the module whose controller checks health: `providers: [ElectionHealthIndicator]`. */
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
    const service = this.#elections.get(options.election ?? defaultElection)
    const status = statusOf(service, options)
    return outcome(key, status, factsOf(service))
  }
}
Inject(Elections)(ElectionHealthIndicator, undefined, 0)

function statusOf(
  { stopped, leaderlessFor }: LeaderElectionService,
  { leaderlessLimit = 10_000, leaderless = 'degraded' }: ElectionHealthOptions,
): Status {
  if (stopped !== null) return 'down'
  return leaderlessFor > leaderlessLimit ? leaderless : 'up'
}

function factsOf({ held, leader, stopped, leaderlessFor }: LeaderElectionService) {
  return {
    leads: held,
    leader: leader?.id ?? null,
    ...(leaderlessFor > 0 ? { leaderlessFor: Math.round(leaderlessFor) } : {}),
    ...(stopped === null ? {} : { message: `takes no part any more: ${stopped.message}` }),
  }
}

function outcome<Key extends string>(
  key: Key,
  status: Status,
  facts: Record<string, string | number | boolean | null>,
): ElectionHealth<Key> {
  const health = (value: Status, more: object = {}) =>
    ({ [key]: { status: value, ...facts, ...more } }) as ElectionHealth<Key>
  if (older === undefined || status === 'up') return health(status)
  if (status === 'degraded') return health('up', { degraded: true })
  const Thrown = older as new (message: string, causes: object) => Error
  throw new Thrown(`${key} is down`, health('down'))
}

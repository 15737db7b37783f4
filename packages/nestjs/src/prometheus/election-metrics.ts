// Metrics of an application's elections. Gauges read the state when they are collected, counters count events
// as they happen.
import type { Channel } from 'node:diagnostics_channel'
import { MemberClosedError } from 'oarlock'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Elections } from '../application/index.ts'
import { type ElectionEvents, electionChannel, type LeaderElectionService } from '../election/index.ts'

export interface ElectionMetricsOptions {
  /** Where the metrics are registered. Default: prom-client's `register`. */
  readonly registry?: Registry
  /** The prefix of their names. Default 'oarlock_'. */
  readonly prefix?: string
}

export class ElectionMetrics {
  readonly #elections: Elections
  readonly #registry: Registry
  readonly #prefix: string
  readonly #names: string[] = []
  readonly #subscriptions: { readonly channel: Channel; readonly listener: (message: unknown) => void }[] = []

  constructor(elections: Elections, registry: Registry, prefix: string) {
    this.#elections = elections
    this.#registry = registry
    this.#prefix = prefix
    this.#gauges()
    this.#counters()
  }

  #gauges(): void {
    const gauge = (name: string, help: string, of: (service: LeaderElectionService) => number) => {
      const elections = this.#elections
      new Gauge({
        ...this.#config(name, help, ['election']),
        collect() {
          for (const service of elections) this.set({ election: service.name }, of(service))
        },
      })
    }
    gauge('leader', '1 on the instance that leads, by its lease at this moment', ({ held }) => Number(held))
    gauge('leader_known', '1 if the instance knows who leads', ({ leader }) => Number(leader !== null))
    gauge(
      'fence',
      'The fence of the leader that the instance knows of, 0 if none',
      ({ leader }) => leader?.fence ?? 0,
    )
    gauge(
      'leaderless_seconds',
      'For how long the instance has known no leader',
      ({ leaderlessFor }) => leaderlessFor / 1000,
    )
    gauge(
      'problems',
      'How many things the instance knows to be wrong in its election',
      (service) => service.status().problems.length,
    )
    gauge(
      'lease_seconds',
      'How long the leadership that is held here lasts if it is not renewed',
      leaseSeconds,
    )
  }

  #counters(): void {
    const elected = this.#counter('elected_total', 'How often the instance was elected')
    const revoked = this.#counter('revoked_total', 'How often its leadership ended', 'reason')
    const leaders = this.#counter('leader_changes_total', 'How often another leader became known, or none')
    const calls = this.#counter('calls_total', "What became of calls that are the leader's alone", 'outcome')
    this.#on('oarlock:elected', ({ election }) => elected.inc({ election: election.name }))
    this.#on('oarlock:revoked', ({ election, reason }) =>
      revoked.inc({
        election: election.name,
        reason: reason instanceof MemberClosedError ? 'closing' : 'lost',
      }),
    )
    this.#on('oarlock:leader', ({ election }) => leaders.inc({ election: election.name }))
    this.#on('oarlock:call', ({ election, outcome }) => calls.inc({ election: election.name, outcome }))
  }

  #counter(name: string, help: string, label?: string): Counter {
    return new Counter(this.#config(name, help, label === undefined ? ['election'] : ['election', label]))
  }

  #config(name: string, help: string, labelNames: string[]) {
    const full = `${this.#prefix}${name}`
    this.#names.push(full)
    return { name: full, help: `${help}.`, labelNames, registers: [this.#registry] }
  }

  /**
   * Counts only this application's elections: the process may have another application, and the channels are
   * shared.
   */
  #on<Name extends keyof ElectionEvents>(name: Name, count: (event: ElectionEvents[Name]) => void): void {
    const channel = electionChannel(name)
    const listener = (message: unknown) => {
      const event = message as ElectionEvents[Name]
      if (this.#isOurs(event.election)) count(event)
    }
    channel.subscribe(listener)
    this.#subscriptions.push({ channel, listener })
  }

  #isOurs(election: LeaderElectionService): boolean {
    return this.#elections.has(election.name) && this.#elections.get(election.name) === election
  }

  /**
   * Frees the names for another application. Not earlier, so that a scrape during the shutdown still sees the
   * metrics.
   */
  onApplicationShutdown(): void {
    for (const { channel, listener } of this.#subscriptions) channel.unsubscribe(listener)
    for (const name of this.#names) this.#registry.removeSingleMetric(name)
  }
}

function leaseSeconds({ leadership }: LeaderElectionService): number {
  return leadership?.held ? Math.max(0, leadership.deadline - performance.now()) / 1000 : 0
}

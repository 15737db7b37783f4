// The trials of one scenario. The packages take turns on the same Redis and the same cores. Each trial begins
// with three processes that agree. If those of the older package do not, one leader is enough.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { type Fleet, type FleetProcess, patience } from './fleet.ts'
import { fleetInAgreement, type ScenarioContext } from './scenario.ts'

export interface Turns<Trial> {
  readonly name: string
  readonly trials: number
  readonly proxied?: boolean
  /** Null: the event to measure had already begun, so the trial is repeated. */
  readonly trial: (fleet: Fleet, leader: FleetProcess, round: number) => Promise<Trial | null>
  readonly describe: (trial: Trial) => string
}

export interface Series<Trial> {
  readonly contender: Contender
  readonly trials: Trial[]
  /** How often the processes did not agree after one was replaced. */
  disagreements: number
  /** Leaderships that began between trials, when nothing happened except the replacement of a process. */
  unprovoked: number
}

/** Within this time the older package checks its leader at least twice, in ms. */
const olderAgreementLimit = 15_000
/** The pause before a trial lasts between this and twice as long, in ms. */
const quiet = 500

export async function takeTurns<Trial>(
  context: ScenarioContext,
  turns: Turns<Trial>,
): Promise<Series<Trial>[]> {
  const runners = context.contenders.map((contender) => new TrialRunner<Trial>(contender, context, turns))
  try {
    for (let round = 0; round < turns.trials; round++)
      for (const runner of runners) if (runner.hasTurn(round)) await runner.run(round)
  } finally {
    await Promise.all(runners.map((runner) => runner.stop()))
  }
  return runners.map(({ series }) => series)
}

class TrialRunner<Trial> {
  readonly series: Series<Trial>
  readonly #context: ScenarioContext
  readonly #turns: Turns<Trial>
  readonly #trials: number
  #fleet: Fleet | null = null
  /** The number of leaderships that had begun when the last trial ended. */
  #seen = 0

  constructor(contender: Contender, context: ScenarioContext, turns: Turns<Trial>) {
    this.series = { contender, trials: [], disagreements: 0, unprovoked: 0 }
    this.#context = context
    this.#turns = turns
    this.#trials = contender.isOurs ? turns.trials : Math.min(turns.trials, context.flags.olderTrials)
  }

  /** A package with fewer trials has them spread over all rounds. */
  hasTurn(round: number): boolean {
    const before = (rounds: number): number => Math.floor((rounds * this.#trials) / this.#turns.trials)
    return before(round + 1) > before(round)
  }

  async run(round: number): Promise<void> {
    const { name, trial, describe } = this.#turns
    const { contender, trials } = this.series
    for (;;) {
      const fleet = await this.#agreeingFleet()
      await sleep(quiet * (1 + Math.random()))
      const { leader } = fleet
      this.series.unprovoked += fleet.periods.length - this.#seen
      const result = leader === null ? null : await trial(fleet, leader, round)
      this.#seen = fleet.periods.length
      if (result === null) continue
      trials.push(result)
      return this.#context.note(
        `${name}, ${trials.length} of ${this.#trials}: ${contender.name}: ${describe(result)}`,
      )
    }
  }

  async #agreeingFleet(): Promise<Fleet> {
    const { contender } = this.series
    if (this.#fleet !== null) {
      await this.#fleet.complete()
      if (await this.#fleet.agrees(contender.isOurs ? patience : olderAgreementLimit)) return this.#fleet
      if (contender.isOurs) throw new Error(`${contender.name} did not agree on a leader`)
      this.series.disagreements++
      const { length } = this.#fleet.leading
      this.#context.note(`${this.#turns.name}: ${contender.name}: no agreement, ${length} leading`)
      // From outside this looks like an agreement, so it must do.
      if (length === 1) return this.#fleet
      await this.#fleet.stop()
    }
    const { proxied = false } = this.#turns
    this.#fleet = await fleetInAgreement({ contender, port: this.#context.port, proxied })
    this.#seen = this.#fleet.periods.length
    return this.#fleet
  }

  async stop(): Promise<void> {
    await this.#fleet?.stop()
  }
}

// Trials of one scenario: the contenders take turns, on the same Redis and the same cores. Each trial begins with three
// processes that agree; of the rival it is enough that one leads, if they do not.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { type Fleet, type Member, patience } from './fleet.ts'
import { type Stage, settledFleet } from './stage.ts'

export interface Turns<Trial> {
  readonly name: string
  readonly trials: number
  readonly cabled?: boolean
  /** Null: what was to be measured had begun before; it is tried again. */
  readonly trial: (fleet: Fleet, leader: Member, round: number) => Promise<Trial | null>
  readonly describe: (trial: Trial) => string
}

export interface Series<Trial> {
  readonly contender: Contender
  readonly trials: Trial[]
  /** How often the processes did not come to agree after one was started in place of the one that was gone. */
  disagreements: number
  /** Leaderships that began between trials, with nothing done but starting a process in place of the one that was gone. */
  unprovoked: number
}

/** In ms: by then it has looked after its leader at least twice. */
const rivalAgreesWithin = 15_000
/** In ms: how long all is quiet before something is done to it, at least, and at most so much more. */
const quiet = 500

export async function takeTurns<Trial>(stage: Stage, turns: Turns<Trial>): Promise<Series<Trial>[]> {
  const players = stage.contenders.map((contender) => new Player<Trial>(contender, stage, turns))
  try {
    for (let round = 0; round < turns.trials; round++)
      for (const player of players) if (player.hasTurn(round)) await player.play(round)
  } finally {
    await Promise.all(players.map((player) => player.stop()))
  }
  return players.map(({ series }) => series)
}

class Player<Trial> {
  readonly series: Series<Trial>
  readonly #stage: Stage
  readonly #turns: Turns<Trial>
  readonly #trials: number
  #fleet: Fleet | null = null
  /** Of its leaderships, so many have begun before the last trial ended. */
  #seen = 0

  constructor(contender: Contender, stage: Stage, turns: Turns<Trial>) {
    this.series = { contender, trials: [], disagreements: 0, unprovoked: 0 }
    this.#stage = stage
    this.#turns = turns
    this.#trials = contender.isOurs ? turns.trials : Math.min(turns.trials, stage.flags.olderTrials)
  }

  /** Those with fewer trials have them spread over all rounds. */
  hasTurn(round: number): boolean {
    const before = (rounds: number): number => Math.floor((rounds * this.#trials) / this.#turns.trials)
    return before(round + 1) > before(round)
  }

  async play(round: number): Promise<void> {
    const { name, trial, describe } = this.#turns
    const { contender, trials } = this.series
    for (;;) {
      const fleet = await this.#settled()
      await sleep(quiet * (1 + Math.random()))
      const { leader } = fleet
      this.series.unprovoked += fleet.holdings.length - this.#seen
      const result = leader === null ? null : await trial(fleet, leader, round)
      this.#seen = fleet.holdings.length
      if (result === null) continue
      trials.push(result)
      return this.#stage.note(
        `${name}, ${trials.length} of ${this.#trials}: ${contender.name}: ${describe(result)}`,
      )
    }
  }

  async #settled(): Promise<Fleet> {
    const { contender } = this.series
    if (this.#fleet !== null) {
      await this.#fleet.complete()
      if (await this.#fleet.settled(contender.isOurs ? patience : rivalAgreesWithin)) return this.#fleet
      if (contender.isOurs) throw new Error(`${contender.name} did not settle`)
      this.series.disagreements++
      const { length } = this.#fleet.leading
      this.#stage.note(`${this.#turns.name}: ${contender.name}: no agreement, ${length} leading`)
      // That is what there is then, and looks well from outside.
      if (length === 1) return this.#fleet
      await this.#fleet.stop()
    }
    const { cabled = false } = this.#turns
    this.#fleet = await settledFleet({ contender, port: this.#stage.port, cabled })
    this.#seen = this.#fleet.holdings.length
    return this.#fleet
  }

  async stop(): Promise<void> {
    await this.#fleet?.stop()
  }
}

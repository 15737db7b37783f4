// A scenario of the benchmark: what it gets, and its outcome.
import type { Contender } from './contender.ts'
import type { Flags } from './flags.ts'
import { Fleet, type FleetOptions } from './fleet.ts'

export interface ScenarioContext {
  readonly contenders: readonly Contender[]
  /** The port of Redis. */
  readonly port: number
  readonly flags: Flags
  /** Prints progress to the terminal. */
  readonly note: (what: string) => void
}

export interface Bar {
  readonly what: string
  readonly measured: string
  readonly reached: boolean
}

export interface Outcome {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly bars: readonly Bar[]
  /** All results, by package. */
  readonly figures: Readonly<Record<string, unknown>>
}

export interface Scenario {
  /** Its name in `--only`. */
  readonly name: string
  readonly title: string
  /** Explains its table. */
  readonly about: (flags: Flags) => string
  readonly run: (context: ScenarioContext) => Promise<Outcome>
}

const attempts = 5

/** A fleet in which all agree. The older package gets several attempts. */
export async function fleetInAgreement(options: FleetOptions): Promise<Fleet> {
  for (let attempt = 1; ; attempt++) {
    const fleet = await Fleet.start(options)
    if (await fleet.agrees()) return fleet
    await fleet.stop()
    if (options.contender.isOurs || attempt === attempts)
      throw new Error(`${options.contender.name} did not agree on a leader`)
  }
}

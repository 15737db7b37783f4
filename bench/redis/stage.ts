// What a scenario is given, and what comes of it.
import type { Contender } from './contender.ts'
import type { Flags } from './flags.ts'
import { Fleet, type FleetOptions } from './fleet.ts'

export interface Stage {
  readonly contenders: readonly Contender[]
  /** Of Redis. */
  readonly port: number
  readonly flags: Flags
  /** Progress, on the terminal. */
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
  /** By contender: all that was measured. */
  readonly figures: Readonly<Record<string, unknown>>
}

export interface Scenario {
  /** As `--only` has it. */
  readonly name: string
  readonly title: string
  /** What its table means. */
  readonly about: (flags: Flags) => string
  readonly run: (stage: Stage) => Promise<Outcome>
}

const attempts = 5

/** A fleet in which all agree. A rival that does not come to that gets some attempts. */
export async function settledFleet(options: FleetOptions): Promise<Fleet> {
  for (let attempt = 1; ; attempt++) {
    const fleet = await Fleet.start(options)
    if (await fleet.settled()) return fleet
    await fleet.stop()
    if (options.contender.isOurs || attempt === attempts)
      throw new Error(`${options.contender.name} did not settle`)
  }
}

// Hunts for mutants, and what they find.
import type { Mutant } from './mutant.ts'

/** What a hunter found. Plain data, as it goes from thread to thread. */
export interface Found {
  /** The checker that caught it; null: it got away. */
  readonly checker: string | null
  /** What the checker said. */
  readonly message: string | null
  /** The scenario file in which it was caught, or null. */
  readonly scenario: string | null
  /** The number of seeds that were run. */
  readonly seeds: number
  /** Of the scenario, or over all those seeds. */
  readonly events: number
}

export interface Hunt extends Found {
  readonly mutant: Mutant
  /** How long it took, in ms. */
  readonly took: number
}

/**
 * A hunter is a module that exports `hunt`. It is loaded with the mutant in all that it imports, so it need
 * not know which one it hunts. It runs the scenario if there is one, else seed after seed, until a checker
 * objects.
 */
export interface Hunter {
  hunt(scenario: string | null, from: number, atMost: number): Found | Promise<Found>
}

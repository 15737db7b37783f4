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
  /** The number of seeds that were run from the first one on; 0: the scenario, or the seed to try first, was enough. */
  readonly seeds: number
  /** The seed that caught it, or null. */
  readonly seed: number | null
  /** Of the scenario, or over all those seeds. */
  readonly events: number
}

export interface Hunt extends Found {
  readonly mutant: Mutant
  /** How long it took, in ms. */
  readonly took: number
}

/** Where a hunter looks. */
export interface Ground {
  readonly scenario: string | null
  /** A seed that caught the mutant before, or null. */
  readonly tryFirst: number | null
  readonly from: number
  readonly atMost: number
}

/**
 * A hunter is a module that exports `hunt`. It is loaded with the mutant in all that it imports, so it need
 * not know which one it hunts. It runs the scenario if there is one, or the seed to try first, else seed after
 * seed, until a checker objects.
 */
export interface Hunter {
  hunt(ground: Ground): Found | Promise<Found>
}

/** One seed with the mutant: who objected, and the number of events. */
export interface SeedRun {
  readonly violation: { readonly checker: string; readonly message: string } | null
  readonly events: number
}

/** Runs seed after seed until a checker objects. */
export async function huntByChance(
  { tryFirst, from, atMost }: Ground,
  run: (seed: number) => SeedRun | Promise<SeedRun>,
): Promise<Found> {
  let events = 0
  for (let seeds = tryFirst === null ? 1 : 0; seeds <= atMost; seeds++) {
    const seed = seeds === 0 ? tryFirst! : from + seeds - 1
    const { violation, ...ran } = await run(seed)
    if (seeds === 0 && violation === null) continue
    events += ran.events
    if (violation === null) continue
    const { checker, message } = violation
    return { checker, message, scenario: null, seeds, seed, events }
  }
  return { checker: null, message: null, scenario: null, seeds: atMost, seed: null, events }
}

// A schedule: the run of a seed, or a part of it.
import type { SimulatedMachine } from '../machine/index.ts'
import type { Kept } from '../world/index.ts'
import { calmNamed } from './calm.ts'
import { Recording } from './recording.ts'
import { type Result, simulate } from './run.ts'
import type { Scenario } from './scenario.ts'
import type { SimulationOptions } from './simulation.ts'

export interface Schedule {
  readonly seed: number
  /** Only outcomes are checked, not their preconditions, as in hunts for mutants. */
  readonly outcomes: boolean
  /** The simplifications of the scenario, by name (calm.ts). */
  readonly calm: readonly string[]
  /** The true time at which the faults stop, in ms. Null: as in the scenario. */
  readonly until: number | null
  readonly kept: Kept
}

/** The whole run of a seed. */
export const wholeOf = (seed: number, outcomes = false): Schedule => ({
  seed,
  outcomes,
  calm: [],
  until: null,
  kept: {},
})

/** Whether nothing is left out. */
export const isWhole = ({ calm, until, kept }: Schedule): boolean =>
  calm.length === 0 && until === null && Object.keys(kept).length === 0

function adjusted(drawn: Scenario, { calm, until }: Schedule): Scenario {
  const calmer = calm.reduce((scenario, name) => calmNamed(name).apply(scenario), drawn)
  return until === null ? calmer : { ...calmer, faultsUntil: Math.min(until, calmer.faultsUntil) }
}

/**
 * Runs a schedule. `also`: more options, such as a state machine of your own. Throws a RangeError for unknown
 * names.
 */
export function play<M extends SimulatedMachine = SimulatedMachine>(
  schedule: Schedule,
  also: SimulationOptions<M> = {},
): Result {
  const { seed, outcomes, kept } = schedule
  return simulate<M>({
    ...also,
    seed,
    kept,
    early: !outcomes,
    adjust: (drawn) => adjusted(drawn, schedule),
  })
}

/** Runs and records a schedule. */
export function record<M extends SimulatedMachine = SimulatedMachine>(
  schedule: Schedule,
  also: SimulationOptions<M> = {},
): { readonly recording: Recording; readonly result: Result } {
  const recordings: Recording[] = []
  const result = play(schedule, {
    ...also,
    watch: (simulation) => recordings.push(new Recording(simulation)),
  })
  return { recording: recordings[0]!, result }
}

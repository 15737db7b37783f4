// What is run: a seed, or less of what it stands for than all of it.
import type { SimulatedMachine } from '../machine/index.ts'
import type { Kept } from '../world/index.ts'
import { calmNamed } from './calm.ts'
import { Recording } from './recording.ts'
import { type Result, simulate } from './run.ts'
import type { Scenario } from './scenario.ts'
import type { SimulationOptions } from './simulation.ts'

export interface Schedule {
  readonly seed: number
  /** Only outcomes are checked, not what they rest on: as when mutants are hunted. */
  readonly outcomes: boolean
  /** What the scenario does without, by the names of calm.ts. */
  readonly calm: readonly string[]
  /** The faults stop here, in ms of true time; null: when the scenario says. */
  readonly until: number | null
  readonly kept: Kept
}

/** All that a seed stands for. */
export const wholeOf = (seed: number, outcomes = false): Schedule => ({
  seed,
  outcomes,
  calm: [],
  until: null,
  kept: {},
})

/** Whether anything is left out. */
export const isWhole = ({ calm, until, kept }: Schedule): boolean =>
  calm.length === 0 && until === null && Object.keys(kept).length === 0

function adjusted(drawn: Scenario, { calm, until }: Schedule): Scenario {
  const calmer = calm.reduce((scenario, name) => calmNamed(name).apply(scenario), drawn)
  return until === null ? calmer : { ...calmer, faultsUntil: Math.min(until, calmer.faultsUntil) }
}

/** A pure function of the schedule; `also`: a state machine of yours, say. Throws a RangeError for names that do not exist. */
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

/** The same, with all that happened. */
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

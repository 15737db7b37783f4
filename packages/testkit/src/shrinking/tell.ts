import type { SimulatedMachine } from '../machine/index.ts'
import { record, type Schedule, type SimulationOptions } from '../runs/index.ts'
import { tale } from '../telling/index.ts'

/** Runs the schedule once more and tells what happened, line by line. `also`: as for play(). */
export function tell<M extends SimulatedMachine = SimulatedMachine>(
  schedule: Schedule,
  also: SimulationOptions<M> = {},
): readonly string[] {
  const { recording, result } = record(schedule, also)
  return tale(recording, result)
}

// Draws a run as a space-time diagram (Lamport 1978).
import type { SimulatedMachine } from '../machine/index.ts'
import {
  describeScenario,
  Recording,
  record,
  type Schedule,
  type Simulation,
  type SimulationOptions,
} from '../runs/index.ts'
import { isReplay, Player, readScenario } from '../scenarios/index.ts'
import { commandOf } from '../shrinking/index.ts'
import { type End, tale } from '../telling/index.ts'
import { drawPage } from './page.ts'
import { drawFile } from './svg.ts'
import { viewOf } from './view.ts'

export interface DrawOptions {
  /** How many events are shown, counted from the end. Infinity: all. */
  readonly last: number
  /** Whether to make a page instead of a drawing alone. */
  readonly page: boolean
}

/** The text above the drawing. */
interface Heading {
  readonly subject: string
  readonly subtitle: readonly string[]
  readonly command: string
}

function drawRecording(
  recording: Recording,
  end: End,
  { subject, subtitle, command }: Heading,
  { last, page }: DrawOptions,
): string {
  const view = viewOf(recording, end, last)
  const title = end.violation === null ? subject : `${subject}: ${end.violation.checker} is violated`
  if (!page) return drawFile(view, title, [...subtitle, command])
  return drawPage(view, { title, subtitle, tale: tale(recording, end), command })
}

/** Runs the schedule and returns its drawing: SVG, or HTML with it. `also`: as for play(). */
export function draw<M extends SimulatedMachine = SimulatedMachine>(
  schedule: Schedule,
  options: DrawOptions,
  also: SimulationOptions<M> = {},
): string {
  const { recording, result } = record(schedule, also)
  const { seed } = schedule
  const well = result.violation === null ? ': all is well' : ''
  const heading = {
    subject: `Seed ${seed}${well}`,
    subtitle: describeScenario(result.scenario).split('\n'),
    // A command cannot name a user's state machine.
    command:
      also.machine === undefined ? commandOf(schedule) : `simulate({ seed: ${seed}, machine, commands, … })`,
  }
  return drawRecording(recording, result, heading, options)
}

/** Plays a scenario file and returns the drawing of its cluster, or of the last one if it has several. */
export function drawScenarioFile(name: string, options: DrawOptions): string {
  const file = readScenario(name)
  const clusters: { readonly recording: Recording; readonly simulation: Simulation }[] = []
  const player = new Player(name, (simulation) =>
    clusters.push({ recording: new Recording(simulation), simulation }),
  )
  for (const command of file.blocks.flatMap(({ commands }) => commands))
    if (!isReplay(command)) player.play(command)
  const last = clusters.at(-1)
  if (last === undefined) throw new RangeError(`${name} has no cluster`)
  const heading = {
    subject: file.title,
    subtitle: [`packages/testkit/scenarios/${name}.txt`],
    command: `npm run scenarios -- ${name}`,
  }
  const end = { simulated: last.simulation.world.now, violation: player.objection }
  return drawRecording(last.recording, end, heading, options)
}

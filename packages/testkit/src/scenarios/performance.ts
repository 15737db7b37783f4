// Plays a scenario file from the first command to the last, and again with changed code for each `replay
// with=…`. The output of a replay is its first difference.
import type { Violation } from '../world/index.ts'
import { type Command, ScenarioError, type ScenarioFile } from './format.ts'
import { Player } from './player.ts'
import { CommandError, Words } from './words.ts'

/** The same commands with changed code, up to the first objection. */
export interface Replay {
  /** Null if no checker objects. */
  readonly objection: Violation | null
  readonly events: number
  /** Where it differs. */
  readonly lines: readonly string[]
}

/**
 * Loads the changed code that `replay with=…` names, and plays the commands with that code's own {@link
 * replay}.
 */
export type ReplayWith = (name: string) => typeof replay

export interface Performance {
  /** The output of each block. */
  readonly outputs: readonly (readonly string[])[]
  /** The objection of a checker to the unchanged code. */
  readonly objection: Violation | null
  /** By the name of the changed code in the file. */
  readonly replays: ReadonlyMap<string, Replay>
}

/** Whether this command replays the file and leaves the cluster alone. */
export const isReplay = ({ text }: Command): boolean => /^replay\b/.test(text)

export interface Told {
  readonly command: Command
  readonly lines: readonly string[]
}

/** Plays commands whose output is known, with only the outcome checkers. */
export function replay(file: ScenarioFile, before: readonly Told[]): Replay {
  const player = new Player(file.name, undefined, true)
  const lines: string[] = []
  for (const { command, lines: expected } of before) {
    const told = player.play(command)
    if (told.join('\n') !== expected.join('\n'))
      lines.push(command.text, ...(told.length === 0 ? ['  (nothing)'] : told.map((line) => `  ${line}`)))
    if (player.objection !== null) break
  }
  const { objection, events } = player
  return { objection, events, lines: lines.length === 0 ? ['no difference'] : lines }
}

/** Adds the place in the file to a mistake in a command. */
function inCommand<T>(file: ScenarioFile, { line }: Command, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof CommandError || error instanceof RangeError)
      throw new ScenarioError(file.name, line, error.message)
    throw error
  }
}

function replayedWith({ text }: Command): string {
  const words = new Words(text)
  words.next('replay')
  const [name] = words.list('with')
  words.end()
  if (name === undefined) throw new CommandError('replay needs a name: replay with=…')
  return name
}

/** The names that the file replays with. Throws {@link ScenarioError}. */
export function replaysIn(file: ScenarioFile): readonly string[] {
  const commands = file.blocks.flatMap((block) => block.commands).filter(isReplay)
  return commands.map((command) => inCommand(file, command, () => replayedWith(command)))
}

const noReplays: ReplayWith = (name) => {
  throw new RangeError(`nothing is called ${name}`)
}

/** Plays the whole file. Throws {@link ScenarioError}. */
export function perform(file: ScenarioFile, replayWith: ReplayWith = noReplays): Performance {
  const player = new Player(file.name)
  const told: Told[] = []
  const replays = new Map<string, Replay>()
  const outputs = file.blocks.map(({ commands }) =>
    commands.flatMap((command) => {
      if (isReplay(command)) {
        const name = inCommand(file, command, () => replayedWith(command))
        const replayed = inCommand(file, command, () => replayWith(name))(file, told)
        replays.set(name, replayed)
        return replayed.lines
      }
      const lines = player.play(command)
      told.push({ command, lines })
      return lines
    }),
  )
  return { outputs, objection: player.objection, replays }
}

/** Plays the file up to the first objection, with only the outcome checkers. */
export function performUntilObjection(file: ScenarioFile): Pick<Replay, 'objection' | 'events'> {
  const player = new Player(file.name, undefined, true)
  const commands = file.blocks.flatMap((block) => block.commands).filter((command) => !isReplay(command))
  for (const command of commands) if (player.objection === null) player.play(command)
  return { objection: player.objection, events: player.events }
}

/** The first difference between the file and what happened, or null. */
export function firstDifference(file: ScenarioFile, { outputs }: Performance): string | null {
  for (const [at, { expected, separator, commands }] of file.blocks.entries()) {
    const came = outputs[at]!
    const length = Math.max(expected.length, came.length)
    for (let line = 0; line < length; line++) {
      if (expected[line] === came[line]) continue
      return [
        `${file.name}.txt:${separator + line + 1}, after ${commands.at(-1)!.text}`,
        `  file      ${expected[line] ?? '(no more)'}`,
        `  happened  ${came[line] ?? '(no more)'}`,
      ].join('\n')
    }
  }
  return null
}

// A scenario file from its first command to its last: and again with changed code wherever it says
// `replay with=…`. What such a replay has to say is where it comes out otherwise.
import type { Violation } from '../world/index.ts'
import { type Command, ScenarioError, type ScenarioFile } from './format.ts'
import { Player } from './player.ts'
import { CommandError, Words } from './words.ts'

/** The same commands on changed code, up to the first objection. */
export interface Replay {
  /** Null: no checker has anything against it. */
  readonly objection: Violation | null
  readonly events: number
  /** Where it came out otherwise. */
  readonly lines: readonly string[]
}

/** Finds the code that `replay with=…` names, and has it play those commands: that code's own {@link replay}. */
export type ReplayWith = (name: string) => typeof replay

export interface Performance {
  /** What happened, block by block. */
  readonly outputs: readonly (readonly string[])[]
  /** What a checker has against the code as it is. */
  readonly objection: Violation | null
  /** By the names that the file has for the changed code. */
  readonly replays: ReadonlyMap<string, Replay>
}

/** Compares with changed code, and does nothing to the cluster. */
export const isReplay = ({ text }: Command): boolean => /^replay\b/.test(text)

export interface Told {
  readonly command: Command
  readonly lines: readonly string[]
}

/** Plays these commands, of which it is known what they told, and judges the outcome alone. */
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

/** What a mistake in that command of a file says. */
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
  if (name === undefined) throw new CommandError('with what? replay with=…')
  return name
}

/** The names of the changed code that a file is replayed with. Throws {@link ScenarioError}. */
export function replaysIn(file: ScenarioFile): readonly string[] {
  const commands = file.blocks.flatMap((block) => block.commands).filter(isReplay)
  return commands.map((command) => inCommand(file, command, () => replayedWith(command)))
}

const noReplays: ReplayWith = (name) => {
  throw new RangeError(`nothing is called ${name}`)
}

/** Plays all of a file. Throws {@link ScenarioError}. */
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

/** Plays it up to the first objection, and judges the outcome alone. */
export function performUntilObjection(file: ScenarioFile): Pick<Replay, 'objection' | 'events'> {
  const player = new Player(file.name, undefined, true)
  const commands = file.blocks.flatMap((block) => block.commands).filter((command) => !isReplay(command))
  for (const command of commands) if (player.objection === null) player.play(command)
  return { objection: player.objection, events: player.events }
}

/** Where it came out otherwise than the file says, or null. */
export function firstDifference(file: ScenarioFile, { outputs }: Performance): string | null {
  for (const [at, { expected, separator, commands }] of file.blocks.entries()) {
    const came = outputs[at]!
    const length = Math.max(expected.length, came.length)
    for (let line = 0; line < length; line++) {
      if (expected[line] === came[line]) continue
      return [
        `${file.name}.txt:${separator + line + 1}, after ${commands.at(-1)!.text}`,
        `  it says   ${expected[line] ?? '(no more)'}`,
        `  there is  ${came[line] ?? '(no more)'}`,
      ].join('\n')
    }
  }
  return null
}

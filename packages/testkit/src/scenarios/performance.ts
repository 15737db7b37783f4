// A scenario file from its first command to its last: with the rules as they are, and again with one of them broken wherever it
// says `replay with=…`. What such a replay has to say is where it comes out otherwise.
import { type Mutant, mutantNamed } from '../mutants/index.ts'
import type { Violation } from '../world/index.ts'
import { type Command, ScenarioError, type ScenarioFile } from './format.ts'
import { Player } from './player.ts'
import { CommandError, Words } from './words.ts'

export interface Replay {
  readonly mutant: Mutant
  /** Null: no checker has anything against it. */
  readonly objection: Violation | null
  readonly events: number
}

export interface Performance {
  /** What happened, block by block. */
  readonly outputs: readonly (readonly string[])[]
  /** What a checker has against the rules as they are. */
  readonly objection: Violation | null
  readonly replays: readonly Replay[]
}

/** Compares with a mutant, and does nothing to the cluster. */
export const isReplay = ({ text }: Command): boolean => /^replay\b/.test(text)

interface Told {
  readonly command: Command
  readonly lines: readonly string[]
}

function replayed(file: ScenarioFile, before: readonly Told[], mutant: Mutant): Replay & { lines: string[] } {
  const player = new Player(file.name, mutant)
  const lines: string[] = []
  for (const { command, lines: expected } of before) {
    const told = player.play(command)
    if (told.join('\n') !== expected.join('\n'))
      lines.push(command.text, ...(told.length === 0 ? ['  (nothing)'] : told.map((line) => `  ${line}`)))
    if (player.objection !== null) break
  }
  const { objection, events } = player
  return { mutant, objection, events, lines: lines.length === 0 ? ['no difference'] : lines }
}

function mutantOf(file: ScenarioFile, { text, line }: Command): Mutant {
  try {
    const words = new Words(text)
    words.next('replay')
    const [name] = words.list('with')
    words.end()
    if (name === undefined) throw new CommandError('which mutant? replay with=…')
    return mutantNamed(name)
  } catch (error) {
    if (error instanceof CommandError || error instanceof RangeError)
      throw new ScenarioError(file.name, line, error.message)
    throw error
  }
}

/** Plays all of a file. Throws {@link ScenarioError}. */
export function perform(file: ScenarioFile): Performance {
  const player = new Player(file.name, null)
  const told: Told[] = []
  const replays: Replay[] = []
  const outputs = file.blocks.map(({ commands }) =>
    commands.flatMap((command) => {
      if (isReplay(command)) {
        const { lines, ...replay } = replayed(file, told, mutantOf(file, command))
        replays.push(replay)
        return lines
      }
      const lines = player.play(command)
      told.push({ command, lines })
      return lines
    }),
  )
  return { outputs, objection: player.objection, replays }
}

/** Plays it with one rule broken, up to the first objection. */
export function performWith(file: ScenarioFile, mutant: Mutant): Replay {
  const player = new Player(file.name, mutant)
  const commands = file.blocks.flatMap((block) => block.commands).filter((command) => !isReplay(command))
  for (const command of commands) if (player.objection === null) player.play(command)
  return { mutant, objection: player.objection, events: player.events }
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

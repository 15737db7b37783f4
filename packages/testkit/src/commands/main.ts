// Runs the command. Invalid options are reported in one line.
import { type Command, commandOf } from './arguments.ts'
import { drawScenario } from './draw-scenario.ts'
import { many } from './many.ts'
import { one } from './one.ts'
import { usage } from './usage.ts'

type Say = (text: string) => void

/** Resolves with the exit code. */
async function run(command: Command, say: Say): Promise<number> {
  switch (command.type) {
    case 'one':
      return one(command, say)
    case 'many':
      return many(command, say)
    case 'scenario':
      return drawScenario(command, say)
    case 'help':
      say(usage())
      return 0
  }
}

/** Resolves with the exit code. `complain` reports invalid options. */
export async function main(args: readonly string[], say: Say, complain: Say): Promise<number> {
  try {
    return await run(commandOf(args), say)
  } catch (error) {
    // Any other error is a bug and keeps its stack.
    if (!(error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')))
      throw error
    complain(`${(error as Error).message}\n(npm run sim -- --help lists the options)`)
    return 2
  }
}

// The command: npm run sim -- --help
import { type Command, commandOf } from './command/arguments.ts'
import { drawScenario } from './command/draw-scenario.ts'
import { huntAll } from './command/hunt-all.ts'
import { many } from './command/many.ts'
import { one } from './command/one.ts'
import { usage } from './command/usage.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

// Whoever reads has seen enough: `| head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

/** Resolves with the exit code. */
async function run(command: Command): Promise<number> {
  switch (command.type) {
    case 'one':
      return one(command, say)
    case 'many':
      return many(command, say)
    case 'scenario':
      return drawScenario(command, say)
    case 'hunt':
      return huntAll(command, say)
    case 'help':
      say(usage())
      return 0
  }
}

try {
  process.exitCode = await run(commandOf(process.argv.slice(2)))
} catch (error) {
  // Options that make no sense; anything else is a bug and keeps its stack.
  if (!(error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')))
    throw error
  process.stderr.write(`${(error as Error).message}\n(npm run sim -- --help says what there is)\n`)
  process.exitCode = 2
}

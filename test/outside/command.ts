// npm run outside -- DIR: prints one line for each file, and the first difference of each that fails.
import { existsSync } from 'node:fs'
import { styleText } from 'node:util'
import { explain, findCases, runCase } from './cases.ts'

const usage = `Runs etcd/raft's data-driven cases over the core.

  npm run outside -- DIR     every .txt file in DIR and its folders
  npm run outside -- FILE    one file

It prints one line for each file, and the first difference of each that fails.
Exit code: 0 every file passes; 1 a file fails; 2 there is nothing to run.`

/** The path of the cases. Throws a RangeError that says what is wrong with the arguments. */
function pathIn(args: readonly string[]): string {
  const option = args.find((arg) => arg.startsWith('-'))
  if (option !== undefined) throw new RangeError(`there is no option ${option}`)
  const [path, another] = args
  if (path === undefined) throw new RangeError('no folder of cases was given')
  if (another !== undefined)
    throw new RangeError(`only one folder or file can be given, not ${args.join(' ')}`)
  if (!existsSync(path)) throw new RangeError(`there is no ${path}`)
  return path
}

function run(path: string, say: (text: string) => void): number {
  const cases = findCases(path)
  if (cases.length === 0) throw new RangeError(`there is no case file (*.txt) in ${path}`)
  let failed = 0
  for (const found of cases) {
    const { directives, failure } = runCase(found)
    if (failure === null)
      say(
        `${styleText('green', 'ok')}       ${found.name} (${directives} directive${directives === 1 ? '' : 's'})`,
      )
    else {
      failed++
      say(`${styleText('red', 'FAILED')}   ${explain(found, failure)}`)
    }
  }
  say(`${cases.length - failed} ok, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

/** Returns the exit code. */
export function outside(
  args: readonly string[],
  say: (text: string) => void,
  complain: (text: string) => void,
): number {
  if (args.includes('--help') || args.includes('-h')) {
    say(usage)
    return 0
  }
  try {
    return run(pathIn(args), say)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    complain(`${error.message} (npm run outside -- --help)`)
    return 2
  }
}

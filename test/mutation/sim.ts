// npm run sim: the testkit's command; `--mutant L1`, with any of its options, plants that bug first.
import { mutantNamed } from './mutants.ts'

/** The arguments without `--mutant NAME`, and the name or null. Throws a RangeError. */
function withoutMutant(args: readonly string[]): { readonly mutant: string | null; readonly rest: string[] } {
  const rest: string[] = []
  let mutant: string | null = null
  for (let at = 0; at < args.length; at++) {
    const [option, value = args[at + 1]] = args[at]!.split('=')
    if (option !== '--mutant') {
      rest.push(args[at]!)
      continue
    }
    if (mutant !== null) throw new RangeError('--mutant is given twice')
    if (value === undefined) throw new RangeError('--mutant takes a name')
    mutant = mutantNamed(value).name
    if (value === args[at + 1]) at++
  }
  return { mutant, rest }
}

/** Plants a bug in this process and the threads that it starts: in all that is loaded from now on. */
async function plant(mutant: string): Promise<void> {
  const hooks = new URL('./hooks.ts', import.meta.url).href
  process.env.OARLOCK_MUTANT = mutant
  process.execArgv.push('--import', hooks)
  await import(hooks)
}

try {
  const { mutant, rest } = withoutMutant(process.argv.slice(2))
  if (mutant !== null) await plant(mutant)
  process.argv.splice(2, process.argv.length, ...rest)
  await import('../../packages/testkit/src/commands/cli.ts')
} catch (error) {
  if (!(error instanceof RangeError)) throw error
  process.stderr.write(`${error.message}\n(npm run sim -- --help lists the options)\n`)
  process.exitCode = 2
}

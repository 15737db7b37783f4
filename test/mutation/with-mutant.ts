// A command of a simulator, with `--mutant NAME` besides its own options: that bug is planted first.
import type { Mutant } from './mutant.ts'
import { mutantNamed } from './mutants.ts'

/** The arguments without `--mutant NAME`, and the name or null. Throws a RangeError. */
function withoutMutant(
  args: readonly string[],
  mutants: readonly Mutant[],
): { readonly mutant: string | null; readonly rest: string[] } {
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
    mutant = mutantNamed(value, mutants).name
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

/** `load` imports the command, which then runs. `name` is what the user calls it. */
export async function runWithMutant(
  name: string,
  mutants: readonly Mutant[],
  load: () => Promise<unknown>,
): Promise<void> {
  try {
    const { mutant, rest } = withoutMutant(process.argv.slice(2), mutants)
    if (mutant !== null) await plant(mutant)
    process.argv.splice(2, process.argv.length, ...rest)
    await load()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    process.stderr.write(`${error.message}\n(${name} -- --help lists the options)\n`)
    process.exitCode = 2
  }
}

// Plants mutants when modules are loaded, with Node's synchronous hooks (module.registerHooks).
//
// A module that is loaded with `?mutant=L1` behind its path has that bug, and so has everything that it
// imports from this repository: each mutant has a module graph of its own, beside the right one. The hooks
// also change a whole process and its threads, as `npm run sim -- --mutant L1` needs it: start it with
// `--import` of this file, and the name in OARLOCK_MUTANT.
//
// Only Node itself may load this file, not Vitest, whose modules do not come by the hooks: see mutated.ts.
import { registerHooks } from 'node:module'
import { labelsOf } from './labels.ts'
import type { Mutant } from './mutant.ts'
import { allMutants, mutantNamed } from './mutants.ts'
import { hook, type MakeReplacement, MutantError, modulesOf, mutatedSource, replacementIn } from './source.ts'

const root = new URL('../../', import.meta.url).href
const ours = [`${root}packages/`, `${root}test/`]
const MARK = '?mutant='

const nameIn = (url: string | undefined): string | null => url?.split(MARK)[1] ?? null
const wholeProcess = process.env.OARLOCK_MUTANT ?? null
const anyMutant = (name: string): Mutant => mutantNamed(name, allMutants)

/** For each mutant, the modules that were loaded with it. */
const planted = new Map<string, Set<string>>()

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context)
    const name = nameIn(context.parentURL)
    if (name === null || nameIn(found.url) !== null || found.url.includes('/node_modules/')) return found
    return ours.some((folder) => found.url.startsWith(folder))
      ? { ...found, url: found.url + MARK + name }
      : found
  },
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const name = nameIn(url) ?? wholeProcess
    if (name === null || loaded.source === undefined || !url.startsWith(root)) return loaded
    const module = url.slice(root.length).split(MARK)[0]!
    const mutant = anyMutant(name)
    planted.set(name, (planted.get(name) ?? new Set()).add(module))
    const changes = [...mutant.changes, ...labelsOf(name)]
    return { ...loaded, source: mutatedSource(String(loaded.source), module, { ...mutant, changes }) }
  },
})

const makeReplacement: MakeReplacement = (mutant, module, name, original) =>
  replacementIn(anyMutant(mutant), module, name, original)
Object.assign(globalThis, { [hook]: makeReplacement })

/**
 * Throws a {@link MutantError} where a module that the mutant changes was not loaded: what ran had no bug.
 */
function checkPlanted(name: string): void {
  const missing = [...modulesOf(anyMutant(name))].filter((module) => planted.get(name)?.has(module) !== true)
  if (missing.length > 0)
    throw new MutantError(`mutant ${name} changes ${missing.join(', ')}, which nobody imports`)
}

/**
 * The module at `path`, from the root of the repository, with a bug in it or in what it imports. Throws a
 * RangeError for an unknown name.
 */
export async function load(path: string, mutant: string): Promise<unknown> {
  const { name } = anyMutant(mutant)
  const loaded: unknown = await import(root + path + MARK + name)
  checkPlanted(name)
  return loaded
}

// Plants mutants when modules are loaded, with Node's synchronous hooks (module.registerHooks).
//
// `?mutant=L1` after the path of a module plants that bug in the module and in everything that it imports
// from this repository. So each mutant has a module graph of its own, beside the right one. With the name in
// OARLOCK_MUTANT, and `--import` of this file, the hooks change a whole process and its threads: that is `npm
// run sim -- --mutant L1`.
//
// Node itself must load this file, not Vitest, which loads modules without the hooks: see mutated.ts.
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
 * Throws a {@link MutantError} if a module that the mutant changes was not loaded: then nothing had the bug.
 */
function checkPlanted(name: string): void {
  const missing = [...modulesOf(anyMutant(name))].filter((module) => planted.get(name)?.has(module) !== true)
  if (missing.length > 0)
    throw new MutantError(`mutant ${name} changes ${missing.join(', ')}, which was not loaded`)
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

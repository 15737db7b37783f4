// What a mutant makes of the text of a module. A change that does not fit is an error: the hunt would be for
// nothing.
import type { Mutant, Patch, Replacement } from './mutant.ts'

/** A mutant that does not fit the sources. They have changed, and it has not. */
export class MutantError extends Error {
  override readonly name = 'MutantError'
}

const isPatch = (change: Patch | Replacement): change is Patch => 'find' in change

/** Where a loaded module finds the function that makes its replacements (hooks.ts). */
export const hook = Symbol.for('oarlock.mutation')

export type MakeReplacement = (
  mutant: string,
  module: string,
  name: string,
  original: (...args: never[]) => unknown,
) => unknown

function patched(source: string, { module, find, put }: Patch, name: string): string {
  const parts = source.split(find)
  if (parts.length !== 2)
    throw new MutantError(
      `mutant ${name} replaces a text that must stand in ${module} once, and stands there ${parts.length - 1} times:\n${find}`,
    )
  return parts.join(put)
}

/**
 * A function declaration is a variable of its module: to assign to it changes what the module itself and its
 * importers call.
 */
function replaced(source: string, { module, name }: Replacement, mutant: string): string {
  if (!new RegExp(`^export (?:async )?function ${name}\\b`, 'm').test(source))
    throw new MutantError(`mutant ${mutant} replaces ${name}, which is no exported function of ${module}`)
  const made = [mutant, module, name].map((text) => JSON.stringify(text)).join(', ')
  return `${source}\n${name} = globalThis[Symbol.for('oarlock.mutation')](${made}, ${name})\n`
}

/** The source of `module` with the mutant in it. Throws {@link MutantError}. */
export function mutatedSource(source: string, module: string, { name, changes }: Mutant): string {
  return changes
    .filter((change) => change.module === module)
    .reduce(
      (text, change) => (isPatch(change) ? patched(text, change, name) : replaced(text, change, name)),
      source,
    )
}

/** The modules that a mutant changes. */
export const modulesOf = ({ changes }: Mutant): ReadonlySet<string> =>
  new Set(changes.map(({ module }) => module))

/** Makes the replacement that a loaded module asks for. */
export function replacementIn(
  { changes }: Mutant,
  module: string,
  name: string,
  original: (...args: never[]) => unknown,
): unknown {
  const found = changes.find(
    (change): change is Replacement => !isPatch(change) && change.module === module && change.name === name,
  )
  return found === undefined ? original : found.make(original as never)
}

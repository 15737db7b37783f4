// A mutant is a known bug, planted in the sources when they are loaded: an exported function is replaced, or
// a piece of a module's text. Nothing of this is published. hooks.ts plants a mutant; README.md says how to
// add one.

/** Any function. */
export type Replaced = (...args: never[]) => unknown

/** Replaces an exported function, for the callers in its own module too. */
export interface Replacement {
  /** The module's path from the root of the repository. */
  readonly module: string
  /** The name that it is exported under. */
  readonly name: string
  /** Makes the broken function. `original` is the right one. */
  readonly make: (original: never) => unknown
}

/** Replaces a text that stands in the module exactly once. */
export interface Patch {
  readonly module: string
  readonly find: string
  readonly put: string
}

export type Change = Replacement | Patch

export interface Mutant {
  readonly name: string
  /** What is wrong. */
  readonly bug: string
  readonly changes: readonly Change[]
  /**
   * The scenario file that plays the few steps it takes, for a bug that chance finds slowly. Null: chance
   * finds it soon.
   */
  readonly scenario: string | null
}

export const mutant = (name: string, bug: string, ...changes: readonly Change[]): Mutant => ({
  name,
  bug,
  changes,
  scenario: null,
})

/** A mutant that needs a schedule which chance finds slowly. */
export const scripted = (scenario: string, found: Mutant): Mutant => ({ ...found, scenario })

type FunctionsOf<Module> = {
  [Name in keyof Module]: Module[Name] extends Replaced ? Name : never
}[keyof Module]

/**
 * What can be changed in one module. The type argument is the module's own type, `typeof import('…')`: then a
 * mutant of a function that was renamed, or that takes something else, does not compile.
 */
export function inModule<Module>(module: string): {
  replace<Name extends FunctionsOf<Module> & string>(
    name: Name,
    make: (original: Module[Name]) => Module[Name],
  ): Replacement
  patch(find: string, put: string): Patch
} {
  return {
    replace: (name, make) => ({ module, name, make }),
    patch: (find, put) => ({ module, find, put }),
  }
}

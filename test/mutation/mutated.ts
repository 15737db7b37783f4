// A module with a mutant in it, for tests: beside the right module, in the same thread.
import { createRequire } from 'node:module'

// require() makes Node load the hooks and everything that they import, even in a test runner that loads
// modules itself.
const { load } = createRequire(import.meta.url)('./hooks.ts') as typeof import('./hooks.ts')

/**
 * The module at `path`, from the root of the repository, with a mutant in it or in what it imports. The type
 * argument is the module's own, `typeof import('…')`. Objects of two graphs do not mix: build all that a
 * test needs from the same one.
 */
export async function mutated<Module>(path: string, mutant: string): Promise<Module> {
  return (await load(path, mutant)) as Module
}

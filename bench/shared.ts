// Finds the programs of the rivals, which are not part of the repository.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)

/** The path of a file in perf/ of $OARLOCK_SHARED or of ../shared, or null if there is none. */
export function sharedPerf(...path: readonly string[]): string | null {
  const file = join(process.env.OARLOCK_SHARED ?? join(dirname(root), 'shared'), 'perf', ...path)
  return existsSync(file) ? file : null
}

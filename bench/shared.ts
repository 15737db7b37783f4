// Where the rivals lie: perf/ of the data that is shared between this repository and its neighbours.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)

/** The path of a file in shared/perf, or null if it is not there. */
export function sharedPerf(...path: readonly string[]): string | null {
  const file = join(process.env.OARLOCK_SHARED ?? join(dirname(root), 'shared'), 'perf', ...path)
  return existsSync(file) ? file : null
}

// Which file of the repository imports which: packages are followed to their sources, other modules are left out.
import { dirname, join } from 'node:path/posix'
import { importsOf } from './parse.ts'

/** For each file, the files it imports. Paths are relative to the root, with `/`. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** The entry files of the packages, by the name they are imported by: `oarlock/wire` → `packages/oarlock/src/wire.ts`. */
export type Entries = ReadonlyMap<string, string>

interface Manifest {
  readonly name: string
  readonly exports?: Record<string, Record<string, string>>
}

export function entriesOf(manifests: Iterable<readonly [folder: string, manifest: Manifest]>): Entries {
  const entries = new Map<string, string>()
  for (const [folder, { name, exports = {} }] of manifests)
    for (const [subpath, { '@oarlock/source': source }] of Object.entries(exports))
      if (source !== undefined) entries.set(join(name, subpath), join(folder, source))
  return entries
}

/** The graph of these files. `read` returns the text of one of them. */
export function graphOf(files: readonly string[], entries: Entries, read: (file: string) => string): Graph {
  const known = new Set(files)
  const resolve = (from: string, specifier: string): string | undefined => {
    if (!specifier.startsWith('.')) return entries.get(specifier)
    const path = join(dirname(from), specifier)
    return known.has(path) ? path : undefined
  }
  return new Map(
    files.map((file) => {
      const imported = importsOf(file, read(file)).map((specifier) => resolve(file, specifier))
      return [file, new Set(imported.filter((path) => path !== undefined))]
    }),
  )
}

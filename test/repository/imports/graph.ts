// The import graph of the repository's files. Packages are resolved to their sources, other modules are left
// out.
import { dirname, join } from 'node:path/posix'
import { importsOf } from './parse.ts'

/** For each file, the files that it imports. Paths are relative to the root, with `/`. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** The packages' entry files by their specifiers: `oarlock/wire` → `packages/oarlock/src/wire.ts`. */
export type Entries = ReadonlyMap<string, string>

interface Manifest {
  readonly name: string
  readonly exports?: Record<string, string | Record<string, string>>
}

/** The files that match `target`, each with the text that its `*` matches. */
function matching(target: string, files: readonly string[]): (readonly [file: string, star: string])[] {
  const [before, after] = target.split('*')
  if (after === undefined) return [[target, '']]
  return files
    .filter((file) => file.startsWith(before!) && file.endsWith(after))
    .map((file) => [file, file.slice(before!.length, file.length - after.length)])
}

export function entriesOf(
  manifests: Iterable<readonly [folder: string, manifest: Manifest]>,
  files: readonly string[],
): Entries {
  const entries = new Map<string, string>()
  for (const [folder, { name, exports = {} }] of manifests)
    for (const [subpath, targets] of Object.entries(exports)) {
      const source = typeof targets === 'string' ? targets : targets['@oarlock/source']
      if (source === undefined) continue
      for (const [file, star] of matching(join(folder, source), files))
        entries.set(join(name, subpath.replace('*', star)), file)
    }
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

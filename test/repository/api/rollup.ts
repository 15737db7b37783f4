// The public types of a package: the exports of each entry, and the other types that the exported types name.
import { dirname, join } from 'node:path/posix'
import {
  type Declaration,
  type DeclarationFile,
  parseDeclarationFile,
  type Reference,
} from './declaration-file.ts'

/** A declaration of the package. */
interface Own {
  readonly file: string
  readonly name: string
}

/** The meaning of a name: a declaration of the package, or a name of another package. */
type Target = Own | Reference
const isOwn = (target: Target): target is Own => 'file' in target

/** A declaration, under its public name. */
export interface Shown {
  readonly name: string
  readonly texts: readonly string[]
}

export interface Entry {
  /** The specifier by which it is imported: `oarlock/wire`. */
  readonly specifier: string
  readonly declared: readonly Shown[]
  /** The exports that an earlier entry, or another package, declares. */
  readonly passedOn: readonly Reference[]
}

export interface Rollup {
  readonly entries: readonly Entry[]
  /** The types that the exported types name, but no entry exports. */
  readonly unexported: readonly Shown[]
  /** The names that the types take from other packages. */
  readonly foreign: readonly Reference[]
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

/** `entries` has the declaration file of each entry, by its specifier. `read` returns the text of a file. */
export function rollUp(entries: ReadonlyMap<string, string>, read: (file: string) => string): Rollup {
  const files = new Map<string, DeclarationFile>()
  const load = (path: string): DeclarationFile => {
    const file = files.get(path) ?? parseDeclarationFile(path, read(path))
    files.set(path, file)
    return file
  }
  const fileOf = (from: string, specifier: string): string =>
    join(dirname(from), specifier).replace(/\.(?:ts|js)$/, '.d.ts')

  const follow = (from: string, { specifier, name }: Reference): Target => {
    if (!specifier.startsWith('.')) return { specifier, name }
    const target = exported(fileOf(from, specifier), name)
    if (target === null) throw new Error(`${from}: ${specifier} exports no ${name}`)
    return target
  }
  /** Resolves a name in the scope of a file. Null if it belongs to the language or is a type parameter. */
  const inScope = (file: string, name: string): Target | null => {
    const { declarations, imports } = load(file)
    if (declarations.has(name)) return { file, name }
    const imported = imports.get(name)
    return imported === undefined ? null : follow(file, imported)
  }
  function exported(file: string, name: string): Target | null {
    const { exports, stars } = load(file)
    const found = exports.get(name)
    if (found !== undefined) return typeof found === 'string' ? inScope(file, found) : follow(file, found)
    for (const specifier of stars) {
      const target = specifier.startsWith('.') ? exported(fileOf(file, specifier), name) : null
      if (target !== null) return target
    }
    return null
  }
  function exportedNames(file: string): Set<string> {
    const { exports, stars } = load(file)
    const names = new Set(exports.keys())
    for (const specifier of stars) {
      if (!specifier.startsWith('.')) throw new Error(`${file}: name what is exported of ${specifier}`)
      for (const name of exportedNames(fileOf(file, specifier))) names.add(name)
    }
    return names
  }

  const seen = new Map<string, string>() // the entry that exports a declaration, by its place
  const place = ({ file, name }: Own) => `${file} ${name}`
  const shown: Own[] = []
  const foreign = new Map<string, Reference>()

  const declarationOf = ({ file, name }: Own): Declaration => load(file).declarations.get(name)!

  const rolled = [...entries].map(([specifier, file]): Entry => {
    const declared: Shown[] = []
    const passedOn: Reference[] = []
    for (const name of [...exportedNames(file)].toSorted()) {
      const target = exported(file, name)
      if (target === null) throw new Error(`${file} exports ${name}, which is declared nowhere`)
      const from = isOwn(target) ? seen.get(place(target)) : target.specifier
      if (from !== undefined) passedOn.push({ specifier: from, name })
      if (!isOwn(target) || from !== undefined) continue
      seen.set(place(target), specifier)
      shown.push(target)
      const { texts } = declarationOf(target)
      declared.push({ name, texts: name === target.name ? texts : [...texts, `// as ${name}`] })
    }
    return { specifier, declared, passedOn }
  })

  const unexported: Shown[] = []
  for (const own of shown) {
    // `shown` grows during the loop: the loop also visits the types that a type names.
    const { uses, remote } = declarationOf(own)
    const named = [
      ...[...uses].map((name) => inScope(own.file, name)),
      ...remote.map((reference) => follow(own.file, reference)),
    ]
    for (const target of named) {
      if (target === null) continue
      if (!isOwn(target)) foreign.set(`${target.specifier} ${target.name}`, target)
      else if (!seen.has(place(target))) {
        seen.set(place(target), '')
        shown.push(target)
        unexported.push({ name: target.name, texts: declarationOf(target).texts })
      }
    }
  }
  return { entries: rolled, unexported: unexported.toSorted(byName), foreign: [...foreign.values()] }
}

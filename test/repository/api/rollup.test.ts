import { describe, expect, it } from 'vitest'
import { rollUp } from './rollup.ts'

/** The rollup of a package with these declaration files. Its entries are `p` and, if it exists, `p/sub`. */
function rolled(files: Record<string, string>) {
  const entries = new Map([['p', 'dist/index.d.ts']])
  if ('dist/sub.d.ts' in files) entries.set('p/sub', 'dist/sub.d.ts')
  const {
    entries: found,
    unexported,
    foreign,
  } = rollUp(entries, (file) => {
    const text = files[file]
    if (text === undefined) throw new Error(`there is no ${file}`)
    return text
  })
  const names = (shown: readonly { readonly name: string }[]) => shown.map(({ name }) => name)
  return {
    texts: found.flatMap(({ declared }) => declared.flatMap(({ texts }) => texts)),
    entries: Object.fromEntries(found.map(({ specifier, declared }) => [specifier, names(declared)])),
    passedOn: found.flatMap(({ passedOn }) => passedOn),
    unexported: names(unexported),
    foreign,
  }
}

describe('an entry shows', () => {
  it('the names that it declares, re-exports or exports with `*`', () => {
    const { entries } = rolled({
      'dist/index.d.ts':
        "export * from './a.ts'\nexport { type B } from './b/index.js'\nexport declare const c: 1",
      'dist/a.d.ts': 'export declare function a(): void\ndeclare const inner: 1',
      'dist/b/index.d.ts': "export * from './b.ts'",
      'dist/b/b.d.ts': 'export interface B {}\nexport interface Other {}',
    })
    expect(entries).toEqual({ p: ['B', 'a', 'c'] })
  })

  it('a name that it exports under another name', () => {
    const { texts } = rolled({ 'dist/index.d.ts': 'interface A {}\nexport { type A as B }' })
    expect(texts).toEqual(['interface A {}', '// as B'])
  })

  it('the names that it passes on from another entry or another package', () => {
    const { entries, passedOn } = rolled({
      'dist/index.d.ts': "export { A } from './a.ts'\nexport { X } from 'x'",
      'dist/sub.d.ts': "export { A } from './a.ts'\nexport interface Sub {}",
      'dist/a.d.ts': 'export interface A {}',
    })
    expect(entries).toEqual({ p: ['A'], 'p/sub': ['Sub'] })
    expect(passedOn).toEqual([
      { specifier: 'x', name: 'X' },
      { specifier: 'p', name: 'A' },
    ])
  })

  it('all overloads, without comments and private members, but with a private constructor', () => {
    const { texts } = rolled({
      'dist/index.d.ts': `
/** Doubles. */
export declare function f(a: string): void
export declare function f(a: number): void // twice
export declare class C {
    #private;
    private secret;
    /** Shown. */
    readonly shown: 1;
    private constructor();
    private act(): void;
}
`,
    })
    expect(texts.toSorted()).toEqual([
      'declare class C {\n    #private;\n    readonly shown: 1;\n    private constructor();\n}',
      'declare function f(a: number): void',
      'declare function f(a: string): void',
    ])
  })
})

describe('a type that exported types name is found', () => {
  it('in any place, and through other such types', () => {
    const { unexported, foreign } = rolled({
      'dist/index.d.ts': `
import type { Imported } from './more.ts'
import { type Far as Near } from 'x'
export interface A extends Base, Near.Deep { [key]: Imported; f(a: Argument): typeof value }
export declare class B extends Super<Parameter> implements Face { p: import('./more.ts').Remote; q: import('y').Y }
interface Base {} interface Argument {} interface Parameter {} interface Face {} interface Unused {}
declare const key: unique symbol
declare const value: Last
declare class Super<T> { t: T }
interface Last {}
`,
      'dist/more.d.ts':
        'export interface Imported {}\nexport interface Remote {}\nexport interface Unused {}',
    })
    const expected = [
      'Argument',
      'Base',
      'Face',
      'Imported',
      'Last',
      'Parameter',
      'Remote',
      'Super',
      'key',
      'value',
    ]
    expect(unexported).toEqual(expected)
    expect(foreign).toEqual([
      { specifier: 'x', name: 'Far' },
      { specifier: 'y', name: 'Y' },
    ])
  })

  it('unless the language declares it', () => {
    const { unexported, foreign } = rolled({ 'dist/index.d.ts': 'export declare const a: Map<string, Date>' })
    expect({ unexported, foreign }).toEqual({ unexported: [], foreign: [] })
  })
})

describe('a report is rejected', () => {
  it.each([
    ['when a name is exported that is declared nowhere', 'export { A }', /declared nowhere/],
    ['when a file exports no such name', "export { A } from './a.ts'", /exports no A/],
    ['when another package is exported whole', "export * from 'x'", /name what is exported of x/],
    ['when a statement is not understood', 'export = a', /knows nothing of TSExportAssignment/],
  ])('%s', (_what, source, message) =>
    expect(() => rolled({ 'dist/index.d.ts': source, 'dist/a.d.ts': 'export {}' })).toThrow(message),
  )
})

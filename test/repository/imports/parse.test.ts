import { describe, expect, it } from 'vitest'
import { importsOf } from './parse.ts'

describe('an import is found', () => {
  it.each([
    ['of a value', "import { a } from './a.ts'"],
    ['of a type', "import type { A } from './a.ts'"],
    ['of a type among values', "import { type A } from './a.ts'"],
    ['of everything', "import * as a from './a.ts'"],
    ['for its effect', "import './a.ts'"],
    ['over several lines', "import {\n  a,\n  b,\n} from './a.ts'"],
    ['exported again', "export { a } from './a.ts'"],
    ['exported again as a type', "export type { A } from './a.ts'"],
    ['exported again whole', "export * from './a.ts'"],
    ['exported again under a name', "export * as a from './a.ts'"],
    ['exported again without a name', "export {} from './a.ts'"],
    ['at run time', "const a = await import('./a.ts')"],
    ['as a type in place', "type A = import('./a.ts').A"],
    ['as the type of a module', "type A = typeof import('./a.ts')"],
  ])('%s', (_what, source) => expect(importsOf('x.ts', source)).toEqual(['./a.ts']))
})

describe('no import is found', () => {
  it.each([
    ['in a comment', "// import './a.ts'\n/* export * from './a.ts' */"],
    ['in a string', 'const text = "import \'./a.ts\'"'],
    ['in a template', "const text = `\nimport { a } from './a.ts'\n`"],
    ['in a documentation comment', "/** @type {import('./a.ts').A} */\nconst a = 1"],
    ['in an export of its own', 'export const a = 1\nexport {}'],
  ])('%s', (_what, source) => expect(importsOf('x.ts', source)).toEqual([]))
})

it('a module imported twice is listed once', () =>
  expect(importsOf('x.ts', "import { a } from './a.ts'\nexport type { A } from './a.ts'")).toEqual([
    './a.ts',
  ]))

it('a file that cannot be parsed is rejected by name', () =>
  expect(() => importsOf('x.ts', 'import {')).toThrow(/^x\.ts: /))

// Sources run without a build on the oldest Node that is supported. Node strips types, but it does not lower syntax.
import { parseSync, Visitor } from 'rolldown/utils'
import { describe, expect, it } from 'vitest'
import { read, repositoryFiles } from './files.ts'

/** The lines with syntax or globals that Node 22 does not have. Vitest lowers the syntax in tests, but not the globals. */
function tooNewIn(path: string, source: string): number[] {
  const places: number[] = []
  const isTest = path.endsWith('.test.ts')
  new Visitor({
    VariableDeclaration: ({ kind, start }) => {
      if (!isTest && kind.endsWith('using')) places.push(start)
    },
    Identifier: ({ name, start }) => {
      if (/^(?:Async)?DisposableStack$|^SuppressedError$/.test(name)) places.push(start)
    },
  }).visit(parseSync(path, source).program)
  return places.map((at) => source.slice(0, at).split('\n').length)
}

const sources = repositoryFiles().filter((path) => /(?<!\.d)\.[mc]?[jt]s$/.test(path))

it('no source is too new for Node 22', () =>
  expect(sources.flatMap((path) => tooNewIn(path, read(path)).map((line) => `${path}:${line}`))).toEqual([]))

/** The documents with code that Node 22 cannot run as it stands. */
const documents = repositoryFiles().filter((path) => {
  const blocks = path.endsWith('.md') ? read(path).matchAll(/^```ts\n([\s\S]*?)^```/gm) : []
  return [...blocks].some(([, code = '']) => tooNewIn('block.ts', code).length > 0)
})

it('documents are found whose code is too new for Node 22', () => expect(documents).toContain('README.md'))

it.each(documents)('%s says that its code needs Node 24', (path) =>
  expect(read(path)).toMatch(/`await using`[^.`]* needs (?:Node )?24/),
)

describe('too new is', () => {
  it.each([
    'await using a = b()',
    'using a = b()',
    'for (using a of b);',
    'const a = new AsyncDisposableStack()',
  ])('%s', (line) => expect(tooNewIn('a.ts', `async () => {\n${line}\n}`)).toEqual([2]))
  it('a global in a test', () => expect(tooNewIn('a.test.ts', 'new DisposableStack()')).toEqual([1]))
})

describe('not too new is', () => {
  it.each(["const using = 'using a = b'", '// await using a = b()', 'a[Symbol.asyncDispose]()'])(
    '%s',
    (line) => expect(tooNewIn('a.ts', line)).toEqual([]),
  )
  it('`await using` in a test', () =>
    expect(tooNewIn('a.test.ts', 'async () => { await using a = b() }')).toEqual([]))
})

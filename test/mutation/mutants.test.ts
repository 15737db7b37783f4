import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { labelsOf } from './labels.ts'
import { inModule, mutant } from './mutant.ts'
import { allMutants, mutantNamed, mutants, walMutants } from './mutants.ts'
import { mutated } from './mutated.ts'
import { MutantError, modulesOf, mutatedSource, replacementIn } from './source.ts'

const root = new URL('../../', import.meta.url)
const sourceOf = (module: string): string => readFileSync(new URL(module, root), 'utf8')

test('a mutant is found by its name, in any case; another name is refused with the list', () => {
  expect(mutantNamed('l12').name).toBe('L12')
  expect(() => mutantNamed('Z9')).toThrow(/no mutant Z9; there are E1, E3/)
})

test('no two have one name', () => {
  expect(new Set(allMutants.map(({ name }) => name.toLowerCase())).size).toBe(allMutants.length)
})

test('docs/mutants.md lists them all, as they are described here', () => {
  const listed = sourceOf('docs/mutants.md')
    .split('## The log store')
    .map((section) =>
      [...section.matchAll(/^\| (\S+) \| ([^|]+) \|/gm)].map(([, name, bug]) => `${name}: ${bug}`),
    )
  const described = [mutants, walMutants].map((list) => list.map(({ name, bug }) => `${name}: ${bug}`))
  expect(listed.map((rows) => rows.filter((row) => !/^(mutant|:--): /.test(row)))).toEqual(described)
})

test.each(allMutants)('$name fits the sources that it changes', (found) => {
  for (const module of modulesOf(found)) {
    const source = sourceOf(module)
    expect(mutatedSource(source, module, found)).not.toBe(source)
  }
  const labels = { ...found, changes: labelsOf(found.name) }
  for (const module of modulesOf(labels)) mutatedSource(sourceOf(module), module, labels)
})

describe('a mutant', () => {
  const module = 'a.ts'
  const source = 'export function twice(n: number): number {\n  return n + n\n}\nconst four = twice(2)\n'
  const a = inModule<{ twice(n: number): number; readonly none: () => void }>(module)
  const change = (...changes: Parameters<typeof mutant>[2][]) =>
    mutatedSource(source, module, mutant('X1', 'a bug', ...changes))

  it('replaces a text that is there once', () => {
    expect(change(a.patch('n + n', 'n * n'))).toBe(source.replace('n + n', 'n * n'))
  })

  it('is refused where its text is not there, or more than once', () => {
    expect(() => change(a.patch('n - n', 'n'))).toThrow(MutantError)
    expect(() => change(a.patch('n - n', 'n'))).toThrow(/X1 .* a\.ts once, and stands there 0 times/)
    expect(() => change(a.patch('twice', 'thrice'))).toThrow(/stands there 2 times/)
  })

  it('assigns to an exported function, and is refused where there is none', () => {
    expect(change(a.replace('twice', () => () => 4))).toContain(`${source}\ntwice = `)
    expect(() => change(a.replace('none', () => () => {}))).toThrow(
      'mutant X1 replaces none, which is no exported function of a.ts',
    )
  })

  it('leaves other modules alone', () => {
    expect(mutatedSource(source, 'b.ts', mutant('X1', 'a bug', a.patch('n + n', 'n')))).toBe(source)
  })

  it('makes its function from the right one', () => {
    const found = mutant(
      'X1',
      'a bug',
      a.replace('twice', (original) => (n) => original(n) + 1),
    )
    const twice = replacementIn(found, module, 'twice', (n: number) => n + n) as (n: number) => number
    expect(twice(2)).toBe(5)
  })
})

describe('a module that is loaded with a mutant', () => {
  type Vote = typeof import('../../packages/core/src/election/vote.ts')
  const path = 'packages/core/src/election/vote.ts'

  it('has its bug, and the right module beside it has not', async () => {
    const broken = await mutated<Vote>(path, 'E17')
    const right: Vote = await import('../../packages/core/src/election/vote.ts')
    const place = (term: number, index: number) =>
      ({ term, index }) as Parameters<Vote['candidateLogIsUpToDate']>[0]
    expect(broken.candidateLogIsUpToDate(place(1, 2), place(2, 1))).toBe(true)
    expect(right.candidateLogIsUpToDate(place(1, 2), place(2, 1))).toBe(false)
  })

  it('is the same the next time, and another one with another mutant', async () => {
    expect(await mutated(path, 'E17')).toBe(await mutated(path, 'e17'))
    expect(await mutated(path, 'E19')).not.toBe(await mutated(path, 'E17'))
  })

  it('is refused where none of what it imports has the bug', async () => {
    // A mutant that no other test of this thread has loaded.
    await expect(mutated(path, 'F7')).rejects.toThrow(
      'mutant F7 changes packages/core/src/progress/inflight.ts, which was not loaded',
    )
  })
})

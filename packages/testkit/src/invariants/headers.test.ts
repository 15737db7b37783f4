// Each invariant names its source, and the known bugs that it catches.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mutants } from '../../../../test/mutation/mutants.ts'
import { checkers } from '../world/index.ts'

const files = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && name !== 'index.ts' && !name.endsWith('.test.ts'),
)
const names = new Set(mutants.map(({ name }) => name))

/** The header comment of a file. */
const headerOf = (file: string): string =>
  /^(\/\/.*\n)+/.exec(readFileSync(`${import.meta.dirname}/${file}`, 'utf8'))![0].replaceAll('\n// ', ' ')
const checkerOf = (file: string): string | undefined => /^\/\/ ([A-Z]+)[:,]/.exec(headerOf(file))?.[1]
const killsOf = (file: string): readonly string[] =>
  /Kills ([^.]+)\./.exec(headerOf(file))?.[1]?.split(', ') ?? []

/** The mutants in the table of docs/mutants.md that a checker here has caught. */
const caught = [
  ...readFileSync(new URL('../../../../docs/mutants.md', import.meta.url), 'utf8')
    .split('## The log store')[0]!
    .matchAll(/^\| (\S+) \| [^|]+ \| ([A-Z]+) \|/gm),
]
  .map(([, mutant, checker]) => ({ mutant: mutant!, checker: checker! }))
  .filter(({ checker }) => files.some((file) => checkerOf(file) === checker))

test.each(caught)(
  '$mutant, which $checker catches, is named in a file of that checker',
  ({ mutant, checker }) => {
    const kills = files.filter((file) => checkerOf(file) === checker).flatMap(killsOf)
    expect(kills).toContain(mutant)
  },
)

test('most mutants in docs/mutants.md are caught by a checker here', () => {
  expect(caught.length).toBeGreaterThan(mutants.length / 2)
})

describe.each(files)('%s', (file) => {
  const source = readFileSync(`${import.meta.dirname}/${file}`, 'utf8')
  const header = headerOf(file)

  test('begins with its checker and its source', () => {
    const checker = checkerOf(file)
    expect(Object.keys(checkers)).toContain(checker)
    expect(source).toContain(`'${checker}'`)
    expect(header).toMatch(/paper|thesis|figure|ARCHITECTURE|config\.ts/)
  })

  test('names existing mutants, or says why none', () => {
    const kills = killsOf(file)
    if (kills.length === 0) expect(header).toMatch(/No listed mutant: it fires where /)
    else for (const name of kills) expect(names).toContain(name)
  })
})

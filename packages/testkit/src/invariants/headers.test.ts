// Each invariant says where it is stated, and which of the known bugs it is for.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mutants } from '../../../../test/mutation/mutants.ts'
import { checkers } from '../world/index.ts'

const files = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && name !== 'index.ts' && !name.endsWith('.test.ts'),
)
const names = new Set(mutants.map(({ name }) => name))

/** What a file says of itself. */
const headerOf = (file: string): string =>
  /^(\/\/.*\n)+/.exec(readFileSync(`${import.meta.dirname}/${file}`, 'utf8'))![0].replaceAll('\n// ', ' ')
const checkerOf = (file: string): string | undefined => /^\/\/ ([A-Z]+)[:,]/.exec(headerOf(file))?.[1]
const killsOf = (file: string): readonly string[] =>
  /Kills ([^.]+)\./.exec(headerOf(file))?.[1]?.split(', ') ?? []

/** Who caught which, by the table of docs/mutants.md, where that is a checker of a file here. */
const caught = [
  ...readFileSync(new URL('../../../../docs/mutants.md', import.meta.url), 'utf8')
    .split('## The log store')[0]!
    .matchAll(/^\| (\S+) \| [^|]+ \| ([A-Z]+) \|/gm),
]
  .map(([, mutant, checker]) => ({ mutant: mutant!, checker: checker! }))
  .filter(({ checker }) => files.some((file) => checkerOf(file) === checker))

test.each(caught)('$mutant, which $checker catches, is named by a file of it', ({ mutant, checker }) => {
  const kills = files.filter((file) => checkerOf(file) === checker).flatMap(killsOf)
  expect(kills).toContain(mutant)
})

test('the table of docs/mutants.md has most mutants caught by a checker of a file here', () => {
  expect(caught.length).toBeGreaterThan(mutants.length / 2)
})

describe.each(files)('%s', (file) => {
  const source = readFileSync(`${import.meta.dirname}/${file}`, 'utf8')
  const header = headerOf(file)

  test('begins with what it reports, and where that is stated', () => {
    const checker = checkerOf(file)
    expect(Object.keys(checkers)).toContain(checker)
    expect(source).toContain(`'${checker}'`)
    expect(header).toMatch(/paper|thesis|figure|ARCHITECTURE|config\.ts/)
  })

  test('names mutants that there are, or why none', () => {
    const kills = killsOf(file)
    if (kills.length === 0) expect(header).toMatch(/No listed mutant: it fires where /)
    else for (const name of kills) expect(names).toContain(name)
  })
})

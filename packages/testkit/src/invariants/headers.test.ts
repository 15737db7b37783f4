// Each invariant says where it is stated, and which of the known bugs it is for.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mutants } from '../mutants/index.ts'
import { checkers } from '../violation.ts'

const files = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && name !== 'index.ts' && !name.endsWith('.test.ts'),
)
const names = new Set(mutants.map(({ name }) => name))

describe.each(files)('%s', (file) => {
  const source = readFileSync(`${import.meta.dirname}/${file}`, 'utf8')
  const header = /^(\/\/.*\n)+/.exec(source)![0].replaceAll('\n// ', ' ')

  test('begins with what it reports, and where that is stated', () => {
    const [, checker] = /^\/\/ ([A-Z]+)[:,]/.exec(header) ?? []
    expect(Object.keys(checkers)).toContain(checker)
    expect(source).toContain(`'${checker}'`)
    expect(header).toMatch(/paper|thesis|figure|ARCHITECTURE|config\.ts/)
  })

  test('names mutants that there are, or why none', () => {
    const [, kills] = /Kills ([^.]+)\./.exec(header) ?? []
    if (kills === undefined) expect(header).toMatch(/No listed mutant: it fires where /)
    else for (const name of kills.split(', ')) expect(names).toContain(name)
  })
})

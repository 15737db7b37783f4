import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { standardWalRules } from '../../../src/wal/rules.ts'
import { huntWal, type WalHunt } from './hunt.ts'
import { walMutantNamed, walMutants } from './mutants.ts'
import { outcome, withTable } from './report.ts'
import { simulateLogStore } from './simulation.ts'

const FROM = 300_000
const AT_MOST = 600

describe('the crash harness catches', () => {
  let most = 0
  test.each(walMutants)('$name: $bug', { timeout: 60_000 }, async (mutant) => {
    const { caught, seeds } = await huntWal(mutant, FROM, AT_MOST)
    expect(caught, `${mutant.name} got away ${AT_MOST} times`).not.toBeNull()
    most = Math.max(most, seeds)
  })

  test('none of them in the unchanged log store, with the same seeds', { timeout: 60_000 }, async () => {
    expect(most).toBeGreaterThan(0)
    for (let seed = FROM; seed < FROM + most; seed++) {
      const run = await simulateLogStore(seed)
      if (run.violation !== null) throw new Error(outcome(run, null))
    }
  })
})

test('every rule of the log store is broken by a mutant, but for the one that the simulation replaces itself', () => {
  const broken = new Set(
    walMutants.flatMap(({ rules }) =>
      Object.entries(rules).flatMap(([name, rule]) =>
        rule === standardWalRules[name as keyof typeof rules] ? [] : [name],
      ),
    ),
  )
  expect(Object.keys(standardWalRules).filter((name) => !broken.has(name))).toEqual(['newIncarnation'])
})

describe('a run', () => {
  it('is a pure function of its seed and the rules', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      for (const rules of [standardWalRules, walMutantNamed('W3').rules, walMutantNamed('W+cache').rules])
        expect(await simulateLogStore(seed, rules)).toEqual(await simulateLogStore(seed, rules))
    }
  })
})

test('a mutant is found by its name, in any case; another name is refused with the list', () => {
  expect(walMutantNamed('w+cache').name).toBe('W+cache')
  expect(() => walMutantNamed('W9')).toThrow(/no mutant W9; there are W1, W5/)
})

describe('docs/mutants.md', () => {
  const page = readFileSync(new URL('../../../../../docs/mutants.md', import.meta.url), 'utf8')

  it('has a row for each of them, and for no other, in the section of the log store', () => {
    const section = page.slice(page.indexOf('## The log store'))
    const rows = [...section.matchAll(/^\| (W\S*) \| (.+?) \| [A-Z]+ \|/gm)].map(([, name, bug]) => [
      name,
      bug,
    ])
    expect(rows).toEqual(walMutants.map(({ name, bug }) => [name, bug]))
  })

  it('gets another table in place of the one it has, and nowhere else', () => {
    const hunts = [{ mutant: walMutants[0]!, caught: null, seeds: 1234, operations: 5 }]
    const written = withTable(page, hunts as unknown as readonly WalHunt[])
    expect(written).toContain(`| ${walMutants[0]!.name} | ${walMutants[0]!.bug} | nobody | 1,234 | 5 |`)
    expect(written.slice(0, page.indexOf('## The log store'))).toBe(
      page.slice(0, page.indexOf('## The log store')),
    )
    expect(() => withTable('no place', [])).toThrow(/no place for the table/)
  })
})

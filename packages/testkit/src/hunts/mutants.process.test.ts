// Hunts every known bug, for longer than the unit suite may take.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { failed } from '../commands/index.ts'
import { mutantNamed, mutants } from '../mutants/index.ts'
import { simulate } from '../runs/index.ts'
import { hunt } from './hunt.ts'

const FROM = 1
const AT_MOST = 1500

describe('the simulator catches', () => {
  let most = 0
  test.each(mutants)('$name: $bug', { timeout: 60_000 }, (mutant) => {
    const { checker, seeds } = hunt(mutant, FROM, AT_MOST)
    expect(checker, `${mutant.name} got away ${AT_MOST} times`).not.toBeNull()
    most = Math.max(most, seeds)
  })

  test('none of them in the unchanged core, with the same seeds', { timeout: 60_000 }, () => {
    expect(most).toBeGreaterThan(0)
    for (let seed = FROM; seed < FROM + most; seed++) {
      const result = simulate({ seed, early: false })
      if (result.violation !== null) throw new Error(failed(result, null))
    }
  })
})

test('a mutant is found by its name, in any case; another name is refused with the list', () => {
  expect(mutantNamed('l12').name).toBe('L12')
  expect(() => mutantNamed('Z9')).toThrow(/no mutant Z9; there are E1, E3/)
})

test('no two have one name', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
})

test('docs/mutants.md lists them all, as they are described here', () => {
  const [page] = readFileSync(new URL('../../../../docs/mutants.md', import.meta.url), 'utf8').split(
    '## The log store',
  )
  const rows = [...page!.matchAll(/^\| (\S+) \| ([^|]+) \|/gm)].map(([, name, bug]) => `${name}: ${bug}`)
  expect(rows.filter((row) => !/^(mutant|:--): /.test(row))).toEqual(
    mutants.map(({ name, bug }) => `${name}: ${bug}`),
  )
})

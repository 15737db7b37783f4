import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { clusterMatrix, killMatrix, seedsOnPage, walMatrix, withMatrix } from './kill-matrix.ts'
import { mutantNamed, walMutants } from './mutants.ts'

const found = { message: null, took: 1, events: 12_345, seed: null }
const matrix = killMatrix(
  [
    { ...found, mutant: mutantNamed('L1'), checker: 'USURP', scenario: null, seeds: 6 },
    { ...found, mutant: mutantNamed('E5'), checker: 'ES', scenario: 'late-vote', seeds: 0 },
    { ...found, mutant: mutantNamed('L2'), checker: null, scenario: null, seeds: 500 },
  ],
  clusterMatrix,
)

test('a row says who caught it, where and how soon; below stands what the checkers watch', () => {
  expect(matrix.split('\n').slice(2)).toEqual([
    '| L1 | replicas are counted for entries of any term (figure 8) | USURP | 6 | 12,345 |',
    '| E5 | a vote that was granted in an earlier term is counted | ES | [late-vote](../packages/testkit/scenarios/late-vote.txt) | 12,345 |',
    '| L2 | an append cuts off everything after prev, conflict or not | nobody | 500 | 12,345 |',
    '',
    '* **ES**: one leader a term (election safety)',
    '* **USURP**: no node that lacks a committed entry could be elected by the disks as they are',
  ])
})

test('the seeds that caught the mutants are read from the page', () => {
  const { begin, end } = clusterMatrix
  const later = '| W1 | another table | DUR | 7 | 1 |'
  const page = `${begin}\n\n${matrix.replace('| USURP | 6 |', '| USURP | 1,006 |')}\n\n${end}\n\n${later}\n`
  expect([...seedsOnPage(page, clusterMatrix)]).toEqual([['L1', 1006]])
})

test('the table is replaced in its page, and nothing else', () => {
  const page = withMatrix(
    'before\n<!-- written by `npm run mutants -- --update` -->\nold\n<!-- to here -->\nafter',
    'new',
    clusterMatrix,
  )
  expect(page).toBe(
    'before\n<!-- written by `npm run mutants -- --update` -->\n\nnew\n\n<!-- to here -->\nafter',
  )
  expect(withMatrix(page, 'new', clusterMatrix)).toBe(page)
  expect(() => withMatrix('no table', 'new', clusterMatrix)).toThrow(RangeError)
})

test('the table of the log store has its own place', () => {
  const page = readFileSync(new URL('../../docs/mutants.md', import.meta.url), 'utf8')
  const hunt = { ...found, mutant: walMutants[0]!, checker: 'DUR', scenario: null, seeds: 1 }
  const written = withMatrix(page, killMatrix([hunt], walMatrix), walMatrix)
  const section = page.indexOf('## The log store')
  expect(written.slice(0, section)).toBe(page.slice(0, section))
  expect(written.slice(section)).toContain(
    `| operations |\n|:--|:--|:--|--:|--:|\n| ${hunt.mutant.name} | ${hunt.mutant.bug} | DUR | 1 | 12,345 |\n\n* **DUR**`,
  )
})

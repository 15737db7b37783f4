// The README's tables match the code.
import { readFileSync } from 'node:fs'
import { defaultOptions } from '@oarlock/raftq'
import { expect, it } from 'vitest'
import { completeOptions } from '../src/node/index.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const chapter = (heading: string): string => {
  const [, after = ''] = read('../README.md').split(`${heading}\n`)
  return after.split('\n#')[0]!
}
/** The cells of a table, without its head. */
const tableIn = (heading: string): string[][] =>
  chapter(heading)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )

it('it has every option, with its default', () => {
  const persistAgent = { persist: async () => {}, restore: async () => null }
  const rows = tableIn('## Options').flatMap(([names, defaults]) => {
    const values = defaults!.split(', ')
    return [...names!.matchAll(/`(\w+)`/g)].map(([, name], i) => [name!, values[i] ?? values[0]!] as const)
  })
  expect(rows.map(([name]) => name).toSorted()).toEqual(
    Object.keys(completeOptions({ persistAgent })).toSorted(),
  )
  const numbers = Object.fromEntries(
    rows.filter(([, value]) => /^\d+$/.test(value)).map(([name, value]) => [name, +value]),
  )
  expect(numbers).toEqual(defaultOptions)
})

it('it has a row for each of the known failures', () => {
  const tested = [...read('./known-failures.test.ts').matchAll(/^describe\('([^']+)'/gm)].map(
    ([, name]) => name,
  )
  expect(tested).toHaveLength(7)
  expect(tableIn('### Its known failures, measured').map(([name]) => name)).toEqual(tested)
})

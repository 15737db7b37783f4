// The table of docs/mutants.md: who caught each mutant, and what it took.
import { type Checker, checkers } from '../../packages/testkit/src/world/index.ts'
import type { Hunt } from './hunt.ts'

const BEGIN = '<!-- written by `npm run mutants -- --update` -->'
const END = '<!-- to here -->'

const grouped = (value: number): string => value.toLocaleString('en-US')

function row({ mutant, checker, scenario, seeds, events }: Hunt): string {
  const where =
    scenario === null ? grouped(seeds) : `[${scenario}](../packages/testkit/scenarios/${scenario}.txt)`
  return `| ${mutant.name} | ${mutant.bug} | ${checker ?? 'nobody'} | ${where} | ${grouped(events)} |`
}

/** The table, and what the checkers in it watch. */
export function killMatrix(hunts: readonly Hunt[]): string {
  const caughtBy = (Object.keys(checkers) as Checker[]).filter((name) =>
    hunts.some(({ checker }) => checker === name),
  )
  return [
    '| mutant | the bug | caught by | seeds, or scenario | events |',
    '|:--|:--|:--|--:|--:|',
    ...hunts.map(row),
    '',
    ...caughtBy.map((name) => `* **${name}**: ${checkers[name]}`),
  ].join('\n')
}

/** The page with another table. Throws a RangeError where there is no place for one. */
export function withMatrix(page: string, matrix: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin === -1 || end < begin) throw new RangeError(`no place for the table: ${BEGIN} … ${END}`)
  return `${page.slice(0, begin + BEGIN.length)}\n\n${matrix}\n\n${page.slice(end)}`
}

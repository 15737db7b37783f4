// The tables of docs/mutants.md: the checker that caught each mutant, and what it took.
import { checkers as walCheckers } from '../../packages/oarlock/test/wal/simulation/oracle.ts'
import { grouped } from '../../packages/testkit/src/telling/index.ts'
import { checkers as clusterCheckers } from '../../packages/testkit/src/world/index.ts'
import type { Hunt } from './hunt.ts'

/** A table of the page. */
export interface Matrix {
  /** The lines of the page around it. */
  readonly begin: string
  readonly end: string
  readonly columns: string
  /** What each checker watches, by its name. */
  readonly checkers: Readonly<Record<string, string>>
}

export const clusterMatrix: Matrix = {
  begin: '<!-- written by `npm run mutants -- --update` -->',
  end: '<!-- to here -->',
  columns: '| mutant | the bug | caught by | seeds, or scenario | events |',
  checkers: clusterCheckers,
}

export const walMatrix: Matrix = {
  begin: '<!-- the log store: written by `npm run mutants -- --update` -->',
  end: '<!-- the log store: to here -->',
  columns: '| mutant | the bug | caught by | seeds | operations |',
  checkers: walCheckers,
}

function row({ mutant, checker, scenario, seeds, events }: Hunt): string {
  const where =
    scenario === null ? grouped(seeds) : `[${scenario}](../packages/testkit/scenarios/${scenario}.txt)`
  return `| ${mutant.name} | ${mutant.bug} | ${checker ?? 'nobody'} | ${where} | ${grouped(events)} |`
}

/** The table, and what the checkers in it watch. */
export function killMatrix(hunts: readonly Hunt[], { columns, checkers }: Matrix): string {
  const caughtBy = Object.keys(checkers).filter((name) => hunts.some(({ checker }) => checker === name))
  return [
    columns,
    '|:--|:--|:--|--:|--:|',
    ...hunts.map(row),
    '',
    ...caughtBy.map((name) => `* **${name}**: ${checkers[name]}`),
  ].join('\n')
}

/** The seed that caught each mutant that chance has found, by the page. The tables are written from seed 1 on. */
export function seedsOnPage(
  page: string,
  { begin, end }: Pick<Matrix, 'begin' | 'end'>,
): Map<string, number> {
  const table = page.slice(page.indexOf(begin), page.indexOf(end))
  const rows = table.matchAll(/^\| (\S+) \| [^|]+ \| [A-Z]+ \| ([\d,]+) \|/gm)
  return new Map([...rows].map(([, name, seeds]) => [name!, Number(seeds!.replaceAll(',', ''))]))
}

/** The page with another table. Throws a RangeError if it has no place for one. */
export function withMatrix(page: string, matrix: string, place: Pick<Matrix, 'begin' | 'end'>): string {
  const begin = page.indexOf(place.begin)
  const end = page.indexOf(place.end)
  if (begin === -1 || end < begin)
    throw new RangeError(`no place for the table: ${place.begin} … ${place.end}`)
  return `${page.slice(0, begin + place.begin.length)}\n\n${matrix}\n\n${page.slice(end)}`
}

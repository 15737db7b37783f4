// What the command prints, in the form of the testkit's (which this package must not know).
import { styleText } from 'node:util'
import type { WalHunt } from './hunt.ts'
import { type Checker, checkers } from './oracle.ts'
import type { LogStoreRun } from './simulation.ts'

const red = (text: string): string => styleText('red', text)
const green = (text: string): string => styleText('green', text)
const dim = (text: string): string => styleText('dim', text)
const bold = (text: string): string => styleText('bold', text)

export const grouped = (value: number): string => value.toLocaleString('en-US')
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

export function outcome({ seed, violation, operations }: LogStoreRun, mutant: string | null): string {
  if (violation === null) return `${green('✓')} seed ${bold(String(seed))}: ${grouped(operations)} operations`
  const { checker, message } = violation
  const broken = mutant === null ? '' : ` --mutant ${mutant}`
  return [
    `${red('✗')} seed ${bold(String(seed))}: ${red(bold(checker))} ${message}`,
    dim(`  ${checker}: ${checkers[checker]}`),
    `broken after ${grouped(operations)} operations of the disk`,
    `replay: ${bold(`npm run sim:wal -- --seed ${seed}${broken}`)}`,
  ].join('\n')
}

export const huntHeader: string = bold(
  `${'mutant'.padEnd(7)} ${'caught by'.padEnd(10)} ${'seeds'.padStart(6)} ${'operations'.padStart(11)} ${'time'.padStart(8)}  bug`,
)

export function huntLine({ mutant, caught, seeds, operations }: WalHunt, took: number): string {
  const by = caught?.violation?.checker ?? 'nobody'
  const name = (caught === null ? red : green)(mutant.name.padEnd(7))
  return `${name} ${by.padEnd(10)} ${grouped(seeds).padStart(6)} ${grouped(operations).padStart(11)} ${seconds(took).padStart(8)}  ${dim(mutant.bug)}`
}

const BEGIN = '<!-- the log store: written by `npm run mutants -- --update` -->'
const END = '<!-- the log store: to here -->'

/** docs/mutants.md with another table of the log store's. Throws a RangeError where there is no place for one. */
export function withTable(page: string, hunts: readonly WalHunt[]): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin === -1 || end < begin) throw new RangeError(`no place for the table: ${BEGIN} … ${END}`)
  const table = [
    '| mutant | the bug | caught by | seeds | operations |',
    '|:--|:--|:--|--:|--:|',
    ...hunts.map(
      ({ mutant, caught, seeds, operations }) =>
        `| ${mutant.name} | ${mutant.bug} | ${caught?.violation?.checker ?? 'nobody'} | ${grouped(seeds)} | ${grouped(operations)} |`,
    ),
    '',
    ...(Object.keys(checkers) as Checker[]).map((name) => `* **${name}**: ${checkers[name]}`),
  ].join('\n')
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`
}

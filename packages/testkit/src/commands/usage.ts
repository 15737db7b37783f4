// The output of `npm run sim -- --help`.
import { styleText } from 'node:util'
import { calms } from '../runs/index.ts'

const heading = (text: string): string => styleText('bold', text)

const COLUMN = 26

const table = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, text]) => `  ${name.padEnd(COLUMN)}${text}`).join('\n')

export function usage(): string {
  return `Simulates whole clusters, with their disks, network and clocks, from one seed each, and checks every
invariant after every event. The same seed always gives the same run.

${heading('many runs')}
${table([
  ['npm run sim', '200 fresh seeds, on all processors, until one fails'],
  ['  --seeds N', 'this many; every hundredth runs twice and must be the same both times'],
  ['  --from N', 'from this seed on (default: a random one)'],
  ['  --workers N', 'on this many processors'],
])}

${heading('one run')}
${table([
  ['npm run sim -- --seed N', 'runs it, and reports how it ended'],
  ['  --trace', 'prints the whole event log'],
  ['  --verify', 'runs it twice and compares'],
  ['  --shrink', 'if it fails, leaves out everything it fails without, and tells the rest'],
  ['  --draw FILE', 'draws it, members as lines and messages as arrows; FILE ends in .html or .svg'],
  ['  --last N', 'how many events the drawing shows (default 300), or all'],
])}

${heading('part of a run')} (a shrunk run is replayed like this)
${table([
  [
    '  --keep faults=3,7-9',
    'only these; also changes=, writes= and reads=. A kind that is not named is left out',
  ],
  ['  --keep reads=all', 'all of that kind'],
  ['  --keep nothing', 'no fault, no change, no write, no read'],
  ['  --until MS', 'the faults stop at this time'],
  ['  --without NAMES', 'without these, separated by commas:'],
])}
${table(calms.filter(({ name }) => !name.startsWith('nodes-')).map(({ name, without }) => [`    ${name}`, without]))}
${table([['    nodes-1 … nodes-5', 'more nodes than that']])}

${heading('broken on purpose')} (docs/mutants.md)
${table([
  ['npm run mutants', 'finds how soon each bug is noticed (npm run mutants -- --help)'],
  ['  --mutant L1', 'with any of the above: plants this bug'],
  ['  --outcomes', 'checks only outcomes, not their preconditions, as `npm run mutants` does'],
])}

${heading('scenario files')} (packages/testkit/scenarios)
${table([
  ['npm run scenarios', 'plays them all and compares the results'],
  ['  --scenario NAME', 'draws this one into the FILE of --draw; also with --mutant'],
])}

${heading('examples')}
  npm run sim -- --seeds 100000
  npm run sim -- --seed 12 --verify
  npm run sim -- --scenario figure-8 --draw figure-8.html
  npm run sim -- --seed 5 --mutant L4 --shrink --draw run.html

Exit code: 0 no violation; 1 an invariant was violated; 2 invalid options; 130 stopped by Ctrl-C. A failure prints
the command that replays it.
`
}

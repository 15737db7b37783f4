// What `npm run sim -- --help` says.
import { styleText } from 'node:util'
import { calms } from '../runs/index.ts'

const heading = (text: string): string => styleText('bold', text)

const COLUMN = 26

const table = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, text]) => `  ${name.padEnd(COLUMN)}${text}`).join('\n')

export function usage(): string {
  return `Simulates whole clusters, with their disks, network and clocks, from one seed each, and checks every
invariant after every event. The same seed is the same run, always.

${heading('many runs')}
${table([
  ['npm run sim', '200 fresh seeds, on all processors, until one fails'],
  ['  --seeds N', 'so many; every hundredth is run twice, and must be the same both times'],
  ['  --from N', 'from this seed on (default: from a random one)'],
  ['  --workers N', 'on so many processors'],
])}

${heading('one run')}
${table([
  ['npm run sim -- --seed N', 'what becomes of it'],
  ['  --trace', 'prints its whole event log'],
  ['  --verify', 'runs it twice, and compares'],
  ['  --shrink', 'if it fails: leaves out whatever it fails without, and tells what is left'],
  ['  --draw FILE', 'draws it, members as lines and messages as arrows; FILE ends in .html or .svg'],
  ['  --last N', 'how many events the drawing shows (default 300), or all'],
])}

${heading('less of it')} (this is how a shrunk run is replayed)
${table([
  ['  --keep faults=3,7-9', 'only these; also changes=, writes= and reads=. What is not named is left out'],
  ['  --keep reads=all', 'all of that kind'],
  ['  --keep nothing', 'no fault, no change, no write, no read'],
  ['  --until MS', 'the faults stop then'],
  ['  --without NAMES', 'the scenario does without these, separated by commas:'],
])}
${table(calms.filter(({ name }) => !name.startsWith('nodes-')).map(({ name, without }) => [`    ${name}`, without]))}
${table([['    nodes-1 … nodes-5', 'more nodes than that']])}

${heading('broken on purpose')} (docs/mutants.md)
${table([
  ['npm run mutants', 'how soon is each broken rule noticed? (npm run mutants -- --help)'],
  ['  --mutant L1', 'with any of the above: one rule of the core is broken'],
  ['  --outcomes', 'checks only outcomes, not what they rest on, as `npm run mutants` does'],
])}

${heading('scenario files')} (packages/testkit/scenarios)
${table([
  ['npm run scenarios', 'plays them all, and compares with what they say'],
  ['  --scenario NAME', 'draws this one into the FILE of --draw; with --mutant, broken'],
])}

${heading('examples')}
  npm run sim -- --seeds 100000
  npm run sim -- --seed 12 --verify
  npm run sim -- --scenario figure-8 --draw figure-8.html
  npm run sim -- --seed 10 --mutant L4 --shrink --draw run.html

Exit code: 0 all is well; 1 an invariant was violated; 2 options that make no sense; 130 stopped by Ctrl-C. A failure prints the command that replays it.
`
}

// The command: npm run sim:wal -- --help
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { whole } from '../../../../testkit/src/shrinking/index.ts'
import { duration, grouped } from '../../../../testkit/src/telling/index.ts'
import { outcome } from './report.ts'
import { simulateLogStore } from './simulation.ts'

const usage = `Simulates the log store on a disk that fails and forgets, each run from one seed.

  npm run sim:wal                             1000 fresh seeds
  npm run sim:wal -- --seeds 5000 [--from N]  5000 seeds, from seed N on (default: a random one)
  npm run sim:wal -- --seed N                 one seed again
  npm run sim:wal -- --mutant NAME [...]      any of these with a bug planted in the log store (docs/mutants.md)

Exit code: 0 no violation; 1 a violation; 2 options that make no sense.`

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function many(from: number, count: number): Promise<void> {
  const began = performance.now()
  let operations = 0
  let runs = 0
  while (runs < count) {
    const run = await simulateLogStore(from + runs)
    runs++
    operations += run.operations
    if (run.violation === null) continue
    say(outcome(run))
    process.exitCode = 1
    break
  }
  say(
    `seeds ${from} to ${from + runs - 1}: ${grouped(operations)} operations of the disk · ${duration(performance.now() - began)}`,
  )
}

async function one(seed: number): Promise<void> {
  const run = await simulateLogStore(seed)
  say(outcome(run))
  if (run.violation !== null) process.exitCode = 1
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return say(usage)
  const seed = whole('seed', values.seed)
  const seeds = whole('seeds', values.seeds)
  const from = whole('from', values.from)
  if (seed !== null) await one(seed)
  else await many(from ?? randomInt(2 ** 40), seeds ?? 1000)
}

try {
  await main()
} catch (error) {
  // Options that make no sense; anything else is a bug and keeps its stack.
  if (!(error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')))
    throw error
  process.stderr.write(`${(error as Error).message}\n\n${usage}\n`)
  process.exitCode = 2
}

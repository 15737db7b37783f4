// The command: npm run sim:wal -- --help
import { randomInt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { huntWal, type WalHunt } from './hunt.ts'
import { type WalMutant, walMutantNamed, walMutants } from './mutants.ts'
import { grouped, huntHeader, huntLine, outcome, seconds, withTable } from './report.ts'
import { simulateLogStore } from './simulation.ts'

const usage = `Simulates the log store on a disk that fails and forgets, from one seed each.

  npm run sim:wal                             1000 fresh seeds
  npm run sim:wal -- --seeds 5000 [--from N]  so many, from seed N on (default: from a random one)
  npm run sim:wal -- --seed N                 one again
  npm run sim:wal -- --mutant W3 [...]        any of these with one rule of the log store broken
  npm run sim:wal -- --mutants [--from N]     how soon is each broken rule noticed? --update writes docs/mutants.md

Exit code 1: something acknowledged was lost, or the like (with --mutants: a mutant got away).`

const PAGE = new URL('../../../../../docs/mutants.md', import.meta.url)
const HUNT_FROM = 1
const HUNT_SEEDS = 3000

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function many(from: number, count: number, mutant: WalMutant | null): Promise<void> {
  const began = performance.now()
  let operations = 0
  let runs = 0
  while (runs < count) {
    const run = await simulateLogStore(from + runs, mutant?.rules)
    runs++
    operations += run.operations
    if (run.violation === null) continue
    say(outcome(run, mutant?.name ?? null))
    process.exitCode = 1
    break
  }
  say(
    `seeds ${from} to ${from + runs - 1}: ${grouped(operations)} operations of the disk · ${seconds(performance.now() - began)}`,
  )
}

async function one(seed: number, mutant: WalMutant | null): Promise<void> {
  const run = await simulateLogStore(seed, mutant?.rules)
  say(outcome(run, mutant?.name ?? null))
  if (run.violation !== null) process.exitCode = 1
}

async function huntAll(from: number, atMost: number, update: boolean): Promise<void> {
  const hunts: WalHunt[] = []
  say(huntHeader)
  for (const mutant of walMutants) {
    const began = performance.now()
    const hunt = await huntWal(mutant, from, atMost)
    say(huntLine(hunt, performance.now() - began))
    if (hunt.caught === null) process.exitCode = 1
    hunts.push(hunt)
  }
  if (!update) return
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), hunts))
}

/** A whole number from the command line. Throws a RangeError for anything else. */
function whole(name: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`--${name} takes a whole number, got '${text}'`)
  return value
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return say(usage)
  const seed = whole('seed', values.seed)
  const seeds = whole('seeds', values.seeds)
  const from = whole('from', values.from)
  const mutant = values.mutant === undefined ? null : walMutantNamed(values.mutant)
  if (values.mutants) await huntAll(from ?? HUNT_FROM, seeds ?? HUNT_SEEDS, values.update)
  else if (seed !== null) await one(seed, mutant)
  else await many(from ?? randomInt(2 ** 40), seeds ?? 1000, mutant)
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

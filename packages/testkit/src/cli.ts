// The command: npm run sim -- --help
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { hunt } from './hunt.ts'
import { type Mutant, mutantNamed, mutants } from './mutants/index.ts'
import { addTo, failed, huntHeader, huntLine, noTotals, passed, summary } from './report.ts'
import { type Result, simulate } from './run.ts'

const usage = `Simulates whole clusters, with their disks, network and clocks, from one seed each.

  npm run sim                             200 fresh seeds
  npm run sim -- --seeds 5000 [--from N]  so many, from seed N on (default: from a random one)
  npm run sim -- --seed N [--trace]       one again; --trace prints its whole event log
  npm run sim -- --seed N --verify        twice, and compares what happened
  npm run sim -- --mutant L1 [...]        any of these with one rule of the core broken
  npm run sim -- --mutants [--from N]     how soon is each broken rule noticed?

Exit code 1: an invariant was violated (with --mutants: a mutant got away).`

const LAST_EVENTS = 40
const HUNT_FROM = 1
const HUNT_SEEDS = 3000
/** Of those that have a script of their own. */
const SCRIPTED_SEEDS = 300

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** The same run again, for its event log. */
function traced(seed: number, mutant: Mutant | null): string[] {
  const lines: string[] = []
  run(seed, mutant, (line) => {
    lines.push(line)
    if (lines.length > 4 * LAST_EVENTS) lines.splice(0, 3 * LAST_EVENTS)
  })
  return lines.slice(-LAST_EVENTS)
}

function run(seed: number, mutant: Mutant | null, trace: ((line: string) => void) | null = null): Result {
  return simulate({ seed, trace, ...(mutant === null ? {} : { rules: mutant.rules }) })
}

function fail(result: Result, mutant: Mutant | null, lastEvents: readonly string[]): void {
  say(failed(result, mutant?.name ?? null, lastEvents))
  process.exitCode = 1
}

function one(seed: number, mutant: Mutant | null, trace: boolean, verify: boolean): void {
  const result = run(seed, mutant, trace ? say : null)
  if (result.violation === null) say(passed(result))
  else fail(result, mutant, trace ? [] : traced(seed, mutant))
  if (!verify) return
  const again = run(seed, mutant)
  const same = again.fingerprint === result.fingerprint && again.events === result.events
  say(
    same
      ? `the same again: fingerprint ${again.fingerprint}`
      : `ANOTHER RUN: fingerprint ${again.fingerprint}, not ${result.fingerprint}`,
  )
  if (!same) process.exitCode = 1
}

/** Removes the progress. */
function clearLine(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K')
}

function many(from: number, count: number, mutant: Mutant | null): void {
  const totals = noTotals()
  const began = performance.now()
  let shown = began
  for (let seed = from; seed < from + count; seed++) {
    const result = run(seed, mutant)
    addTo(totals, result)
    const now = performance.now()
    if (process.stdout.isTTY && now - shown > 250) {
      shown = now
      process.stdout.write(`\r${totals.runs} of ${count} …`)
    }
    if (result.violation === null) continue
    clearLine()
    fail(result, mutant, traced(seed, mutant))
    break
  }
  clearLine()
  say(`seeds ${from} to ${from + totals.runs - 1}: ${summary(totals, performance.now() - began)}`)
}

function huntAll(from: number, atMost: number): void {
  say(huntHeader)
  for (const mutant of mutants) {
    const began = performance.now()
    const found = hunt(mutant, from, mutant.scripted ? Math.min(atMost, SCRIPTED_SEEDS) : atMost)
    say(huntLine(found, performance.now() - began))
    if (found.caught === null && !mutant.scripted) process.exitCode = 1
  }
}

/** A whole number from the command line. Throws a RangeError for anything else. */
function whole(name: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`--${name} takes a whole number, got '${text}'`)
  return value
}

function main(): void {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return say(usage)
  const seed = whole('seed', values.seed)
  const seeds = whole('seeds', values.seeds)
  const from = whole('from', values.from)
  const mutant = values.mutant === undefined ? null : mutantNamed(values.mutant)
  if (values.mutants) huntAll(from ?? HUNT_FROM, seeds ?? HUNT_SEEDS)
  else if (seed !== null) one(seed, mutant, values.trace, values.verify)
  else many(from ?? randomInt(2 ** 40), seeds ?? 200, mutant)
}

try {
  main()
} catch (error) {
  // Options that make no sense; anything else is a bug and keeps its stack.
  if (!(error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')))
    throw error
  process.stderr.write(`${(error as Error).message}\n\n${usage}\n`)
  process.exitCode = 2
}

// `npm run bench:redis`: measures elections over Redis beside the older package, and checks our bars.
import { loadavg } from 'node:os'
import { cleanUpAtExit } from '../processes.ts'
import { table, whole } from '../table.ts'
import { close } from './close.ts'
import { type Contender, installOlder, ours } from './contender.ts'
import { failOver } from './fail-over.ts'
import { type Flags, parseFlags, type ScenarioName, usage } from './flags.ts'
import { idle } from './idle.ts'
import { cutOff, pause } from './interruption.ts'
import { joins } from './joins.ts'
import { record } from './record.ts'
import { redisVersion, startRedis } from './redis-server.ts'
import type { Outcome, Scenario } from './scenario.ts'
import { Stalls } from './stalls.ts'

const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  'fail-over': failOver,
  'cut-off': cutOff,
  pause,
  joins,
  close,
  idle,
}

const stalls = new Stalls()
/** A stall of this length is reported, in ms. */
const longStall = 100

const note = (what: string): void => {
  const stall = stalls.latest
  const delay = stall < longStall ? '' : ` (the machine stalled for ${whole(stall)} ms)`
  process.stderr.write(`${what}${delay}\n`)
}

/** Figures from a busy machine mean little. */
const noteLoad = (when: string): void =>
  note(
    `load average ${when}: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}`,
  )

async function contendersOf({ withOlder }: Flags): Promise<Contender[]> {
  if (!withOlder) return [ours]
  try {
    note('installing the older package')
    return [ours, await installOlder()]
  } catch (error) {
    note(`the older package is left out: it could not be installed: ${String(error)}`)
    return [ours]
  }
}

function textOf(
  { title, about }: Scenario,
  { head, rows, bars }: Outcome,
  flags: Flags,
  stall: number,
): string {
  return [
    `## ${title}`,
    `${about(flags)} The longest stall of the benchmark process itself was ${whole(stall)} ms.`,
    table(head, rows),
    ...bars.map(({ what, measured, reached }) => `${reached ? 'PASS' : 'FAIL'}: ${what}: ${measured}`),
  ].join('\n\n')
}

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  const flags = parseFlags(args)
  if (flags.help) {
    process.stdout.write(usage)
    return 0
  }
  const version = redisVersion()
  if (version === null)
    throw new Error("redis-server is not on the PATH: install Debian's package redis-server")
  cleanUpAtExit()
  const contenders = await contendersOf(flags)
  const redis = await startRedis()
  noteLoad('at the beginning')
  const measured: { name: string; text: string; outcome: Outcome }[] = []
  for (const name of flags.only) {
    const scenario = scenarios[name]
    stalls.takeLongest()
    const outcome = await scenario.run({ contenders, port: redis.port, flags, note })
    measured.push({ name, text: textOf(scenario, outcome, flags, stalls.takeLongest()), outcome })
  }
  noteLoad('at the end')
  await redis.stop()
  const bars = measured.flatMap(({ outcome }) => outcome.bars)
  if (flags.json) {
    const figures = Object.fromEntries(measured.map(({ name, outcome }) => [name, outcome.figures]))
    process.stdout.write(`${JSON.stringify({ figures, bars }, null, 2)}\n`)
  } else process.stdout.write(`\n${measured.map(({ text }) => text).join('\n\n')}\n`)
  if (flags.record) note(`written: ${record(measured, args, version)}`)
  return bars.every(({ reached }) => reached) ? 0 : 1
}

try {
  process.exit(await main())
} catch (error) {
  note(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

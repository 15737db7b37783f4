// The command: npm run fuzz -- --help
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { whole } from '../../../testkit/src/shrinking/index.ts'
import { duration, grouped } from '../../../testkit/src/telling/index.ts'
import { Fuzz } from './fuzz.ts'

const usage = `Attacks members with fuzzed, truncated, hostile and replayed frames.

  npm run fuzz                                  100 000 frames, from a random seed
  npm run fuzz -- --frames 1000000 [--seed N]   so many, from that seed

Exit code: 0 nothing happened but closed connections; 1 something did; 2 options that make no sense.`

const say = (text: string): void => void process.stdout.write(`${text}\n`)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
function heapInUse(): number {
  collect()
  return process.memoryUsage().heapUsed
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return say(usage)
  const seed = whole('seed', values.seed) ?? randomInt(2 ** 40)
  const frames = whole('frames', values.frames) ?? 100_000
  const began = performance.now()
  const result = await new Fuzz(seed).run(frames, heapInUse)
  say(
    `seed ${seed}: ${grouped(result.frames)} frames on ${grouped(result.connections)} connections that strangers made · ${duration(performance.now() - began)}`,
  )
  say(`heap after each tenth, in MiB: ${result.heap.map(megabytes).join(' ')}`)
  for (const [reason, count] of Object.entries(result.reasons))
    if (count > 0) say(`${grouped(count).padStart(12)}  ${reason}`)
  say('by attack:')
  for (const [name, count] of result.attacks) say(`${grouped(count).padStart(12)}  ${name}`)
  const [first = 0] = result.heap
  const last = result.heap.at(-1) ?? 0
  if (last > 1.2 * first + 2 ** 20) {
    say('the heap has grown')
    process.exitCode = 1
  }
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

// The command line of the benchmark over Redis.
import { parseArgs } from 'node:util'
import { numberFlag } from '../number-flag.ts'

export const scenarioNames = ['fail-over', 'cut-off', 'pause', 'joins', 'close', 'idle'] as const
export type ScenarioName = (typeof scenarioNames)[number]

export const usage = `npm run bench:redis -- [flags]

Elections over Redis, with three processes per package and a real redis-server on a free port. Our package and the older
@bonkboykz/nestjs-leader-election, installed from npm into a temporary folder, take turns on the same Redis. Exits with 1 if
our package misses a bar.

  --only=${scenarioNames.join(',')}
                           run only these scenarios (default: all)
  --trials=n               trials per scenario (default: 40 fail-overs, 20 closes, 3 of every other)
  --older-trials=10        the most trials of the older package
  --cut=20                 how many seconds the leader is cut off
  --pauses=2,5,10          how many seconds the leader is stopped
  --watch=5                how many seconds are watched afterwards
  --joins=20               how many processes join
  --instances=3,5,10,20    the numbers of instances whose messages are counted
  --seconds=10             how many seconds they are counted
  --without=older          leave the older package out
  --record                 write the results into docs/redis-measured.md, in place of the old ones of these scenarios
  --json                   print all results as JSON
  --help
`

export interface Flags {
  readonly only: readonly ScenarioName[]
  /** Null: the scenario's default. */
  readonly trials: number | null
  readonly olderTrials: number
  readonly cut: number
  readonly pauses: readonly number[]
  readonly watch: number
  readonly joins: number
  readonly instances: readonly number[]
  readonly seconds: number
  readonly withOlder: boolean
  readonly record: boolean
  readonly json: boolean
  readonly help: boolean
}

/** Throws an Error that names the wrong flag. */
export function parseFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: scenarioNames.join(',') },
      trials: { type: 'string' },
      'older-trials': { type: 'string', default: '10' },
      cut: { type: 'string', default: '20' },
      pauses: { type: 'string', default: '2,5,10' },
      watch: { type: 'string', default: '5' },
      joins: { type: 'string', default: '20' },
      instances: { type: 'string', default: '3,5,10,20' },
      seconds: { type: 'string', default: '10' },
      without: { type: 'string', default: '' },
      record: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { only, trials, pauses, instances, without } = values
  const names = only.split(',').map((name) => {
    const known = scenarioNames.find((one) => one === name)
    if (known === undefined) throw new Error(`--only: there is no scenario '${name}'`)
    return known
  })
  if (without !== '' && without !== 'older') throw new Error(`--without: there is no rival '${without}'`)
  return {
    only: names,
    trials: trials === undefined ? null : numberFlag('trials', trials, 1),
    olderTrials: numberFlag('older-trials', values['older-trials'], 1),
    cut: seconds('cut', values.cut),
    pauses: pauses.split(',').map((text) => seconds('pauses', text)),
    watch: seconds('watch', values.watch),
    joins: numberFlag('joins', values.joins, 1),
    instances: instances.split(',').map((text) => numberFlag('instances', text, 3)),
    seconds: seconds('seconds', values.seconds),
    withOlder: without === '',
    record: values.record,
    json: values.json,
    help: values.help,
  }
}

const seconds = (flag: string, text: string): number => numberFlag(flag, text, 0.1, false)

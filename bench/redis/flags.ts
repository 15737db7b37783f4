// The command line of the benchmark over Redis.
import { parseArgs } from 'node:util'

export const scenarioNames = ['fail-over', 'cut-off', 'pause', 'joins', 'close', 'idle'] as const
export type ScenarioName = (typeof scenarioNames)[number]

export const usage = `npm run bench:redis -- [flags]

Elections over Redis: three processes each, a real redis-server on a free port, and beside ours the older package
@bonkboykz/nestjs-leader-election, installed from npm into a temporary folder, in turns on the same Redis. Exits with 1 when a
bar is missed.

  --only=${scenarioNames.join(',')}
                           some scenarios (default: all; --only may be given with a space, too)
  --trials=n               trials of each scenario (default: 40 fail-overs, 20 closings, 3 of everything else)
  --older-trials=10        trials of the older package, at most
  --cut=20                 seconds that the leader is cut off for
  --pauses=2,5,10          seconds that the leader is stopped for
  --watch=5                seconds that are watched afterwards
  --joins=20               processes that join
  --instances=3,5,10,20    of which the messages are counted
  --seconds=10             for so long
  --without=older          leave the older package out
  --record                 write what was measured into docs/redis-measured.md, in place of what it says about these scenarios
  --json                   print everything that was measured, as JSON
  --help
`

export interface Flags {
  readonly only: readonly ScenarioName[]
  /** Null: as many as the scenario has by default. */
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

/** Throws an Error that says which flag is wrong. */
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
    trials: trials === undefined ? null : whole('trials', trials, 1),
    olderTrials: whole('older-trials', values['older-trials'], 1),
    cut: seconds('cut', values.cut),
    pauses: pauses.split(',').map((text) => seconds('pauses', text)),
    watch: seconds('watch', values.watch),
    joins: whole('joins', values.joins, 1),
    instances: instances.split(',').map((text) => whole('instances', text, 3)),
    seconds: seconds('seconds', values.seconds),
    withOlder: without === '',
    record: values.record,
    json: values.json,
    help: values.help,
  }
}

function whole(flag: string, text: string, least: number): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value
  throw new Error(`--${flag}: '${text}' is not a whole number of at least ${least}`)
}

function seconds(flag: string, text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Error(`--${flag}: '${text}' is not a number of seconds above 0`)
}

// The leader's process gets SIGTERM, as in a deployment. Measured: the time until another process leads, and
// until it exits.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Spread, spread } from '../statistics.ts'
import { short, whole } from '../table.ts'
import { machineTime } from './clock.ts'
import { patience } from './fleet.ts'
import { twoLeaders } from './leadership-periods.ts'
import type { Bar, Scenario } from './scenario.ts'
import { type Series, takeTurns } from './turns.ts'

/** The bars, in ms. */
const transferMedian = 50
const exitMax = 2000

interface Trial {
  /** From the signal until another process led, in ms. Null: none did. */
  readonly after: number | null
  /** From the signal until the process exited, in ms. Infinity: it did not. */
  readonly exit: number
  /** For how long there were two leaders, in ms. */
  readonly two: number
}

interface Result {
  readonly transfer: Spread
  readonly of: number
  readonly exit: Spread
  readonly two: number
}

function resultOf({ trials }: Series<Trial>): Result {
  return {
    transfer: spread(trials.flatMap(({ after }) => (after === null ? [] : [after]))),
    of: trials.length,
    exit: spread(trials.map(({ exit }) => exit)),
    two: Math.max(...trials.map(({ two }) => two)),
  }
}

const barsOf = ({ transfer, of, exit, two }: Result): Bar[] => [
  {
    what: 'every leader that closes has a successor',
    measured: `${transfer.trials} of ${of}`,
    reached: transfer.trials === of,
  },
  {
    what: `median transfer, under ${transferMedian} ms`,
    measured: `${short(transfer.median)} ms`,
    reached: transfer.median < transferMedian,
  },
  {
    what: `a process that closes exits within ${exitMax / 1000} s`,
    measured: `${whole(exit.max)} ms at most`,
    reached: exit.max <= exitMax,
  },
  { what: 'two leaders around a transfer for 0 ms', measured: `${short(two)} ms`, reached: two === 0 },
]

export const close: Scenario = {
  name: 'close',
  title: 'The leader closes (SIGTERM)',
  about: () =>
    `The times from the signal until another process leads, and until the process exits. In the older package's applications Nest's shutdown hooks are enabled. A trial without a new leader within ${patience / 1000} s counts as not recovered.`,
  async run(context) {
    const all = await takeTurns<Trial>(context, {
      name: 'close',
      trials: context.flags.trials ?? 20,
      async trial(fleet, leader) {
        const signalAt = fleet.end(leader, 'SIGTERM')
        const exited = new AbortController()
        const exitedAt = await Promise.race([
          leader.exited,
          sleep(patience, Number.POSITIVE_INFINITY, { signal: exited.signal }),
        ])
        exited.abort()
        if (exitedAt === Number.POSITIVE_INFINITY) fleet.end(leader, 'SIGKILL')
        const next = await fleet.successor(leader, signalAt)
        if (next !== null && next.from <= signalAt) return null
        return {
          after: next === null ? null : next.from - signalAt,
          exit: exitedAt - signalAt,
          two: twoLeaders(fleet.periods, signalAt, machineTime()),
        }
      },
      describe: ({ after, exit }) =>
        `${after === null ? 'no successor' : `another process leads after ${short(after)} ms`}, exits after ${whole(exit)} ms`,
    })
    const results = all.map((series) => ({ contender: series.contender, ...resultOf(series) }))
    return {
      head: ['', 'recovered', 'another leads: median ms', 'p90 ms', 'max ms', 'exit: median ms', 'max ms'],
      rows: results.map(({ contender, transfer, of, exit }) => [
        contender.name,
        `${transfer.trials} of ${of}`,
        short(transfer.median),
        short(transfer.p90),
        short(transfer.max),
        whole(exit.median),
        whole(exit.max),
      ]),
      bars: results.filter(({ contender }) => contender.isOurs).flatMap(barsOf),
      figures: Object.fromEntries(results.map(({ contender, ...result }) => [contender.name, result])),
    }
  },
}

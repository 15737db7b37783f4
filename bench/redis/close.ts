// The leader's process is told to go, as deployments do: how long until another one leads, and until it is gone?
import { setTimeout as sleep } from 'node:timers/promises'
import { type Spread, spread } from '../statistics.ts'
import { short, whole } from '../table.ts'
import { machineTime } from './clock.ts'
import { patience } from './fleet.ts'
import { twoLeaders } from './holdings.ts'
import type { Bar, Scenario } from './stage.ts'
import { type Series, takeTurns } from './turns.ts'

/** The bars, in ms. */
const handOverMedian = 50
const exitMax = 2000

interface Trial {
  /** From the signal, in ms, until another process led; null: none did. */
  readonly after: number | null
  /** From the signal, in ms, until the process was gone; Infinity: it stayed. */
  readonly exit: number
  readonly two: number
}

interface Result {
  readonly handOver: Spread
  readonly of: number
  readonly exit: Spread
  readonly two: number
}

function resultOf({ trials }: Series<Trial>): Result {
  return {
    handOver: spread(trials.flatMap(({ after }) => (after === null ? [] : [after]))),
    of: trials.length,
    exit: spread(trials.map(({ exit }) => exit)),
    two: Math.max(...trials.map(({ two }) => two)),
  }
}

const barsOf = ({ handOver, of, exit, two }: Result): Bar[] => [
  {
    what: 'every leader that closes has a successor',
    measured: `${handOver.trials} of ${of}`,
    reached: handOver.trials === of,
  },
  {
    what: `median hand-over, under ${handOverMedian} ms`,
    measured: `${short(handOver.median)} ms`,
    reached: handOver.median < handOverMedian,
  },
  {
    what: `a process that closes is gone within ${exitMax / 1000} s`,
    measured: `${whole(exit.max)} ms at most`,
    reached: exit.max <= exitMax,
  },
  { what: 'two leaders around a hand-over for 0 ms', measured: `${short(two)} ms`, reached: two === 0 },
]

export const close: Scenario = {
  name: 'close',
  title: 'The leader closes (SIGTERM)',
  about: () =>
    `From the signal until another process leads, and until the process is gone. The older package's applications have Nest's shutdown hooks enabled. Not within ${patience / 1000} s: not recovered.`,
  async run(stage) {
    const all = await takeTurns<Trial>(stage, {
      name: 'close',
      trials: stage.flags.trials ?? 20,
      async trial(fleet, leader) {
        const toldAt = fleet.end(leader, 'SIGTERM')
        const stays = new AbortController()
        const goneAt = await Promise.race([
          leader.gone,
          sleep(patience, Number.POSITIVE_INFINITY, { signal: stays.signal }),
        ])
        stays.abort()
        if (goneAt === Number.POSITIVE_INFINITY) fleet.end(leader, 'SIGKILL')
        const next = await fleet.successor(leader, toldAt)
        if (next !== null && next.from <= toldAt) return null
        return {
          after: next === null ? null : next.from - toldAt,
          exit: goneAt - toldAt,
          two: twoLeaders(fleet.holdings, toldAt, machineTime()),
        }
      },
      describe: ({ after, exit }) =>
        `${after === null ? 'no successor' : `another one leads after ${short(after)} ms`}, gone after ${whole(exit)} ms`,
    })
    const results = all.map((series) => ({ contender: series.contender, ...resultOf(series) }))
    return {
      head: ['', 'recovered', 'another leads: median ms', 'p90 ms', 'max ms', 'gone: median ms', 'max ms'],
      rows: results.map(({ contender, handOver, of, exit }) => [
        contender.name,
        `${handOver.trials} of ${of}`,
        short(handOver.median),
        short(handOver.p90),
        short(handOver.max),
        whole(exit.median),
        whole(exit.max),
      ]),
      bars: results.filter(({ contender }) => contender.isOurs).flatMap(barsOf),
      figures: Object.fromEntries(results.map(({ contender, ...result }) => [contender.name, result])),
    }
  },
}

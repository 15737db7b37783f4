// The leader is cut off from Redis, or stopped, for a while. Then it continues.
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../statistics.ts'
import { short, whole } from '../table.ts'
import { machineTime } from './clock.ts'
import type { Flags } from './flags.ts'
import type { Fleet, FleetProcess } from './fleet.ts'
import { twoLeaders } from './leadership-periods.ts'
import type { Bar, Scenario } from './scenario.ts'
import { type Series, takeTurns } from './turns.ts'

interface Trial {
  readonly seconds: number
  /** For how long there were two leaders, from the beginning to the end of the trial, in ms. */
  readonly two: number
  /** From the beginning until another process led, in ms. Null: none did before the interruption ended. */
  readonly nextAfter: number | null
  /**
   * From the return of the first leader until it led again, in ms, although another process had led. Counted
   * is whether it leads after it has been back for a while. Null: it does not.
   */
  readonly ledAgainAfter: number | null
}

interface Kind {
  readonly name: string
  readonly title: string
  readonly about: string
  /** What happened to the leader, as a participle. */
  readonly what: string
  readonly proxied: boolean
  readonly seconds: (flags: Flags) => readonly number[]
  readonly begin: (leader: FleetProcess) => void
  readonly end: (leader: FleetProcess) => void
}

/** The part of the watched time that the first leader gets to learn of the other one. */
const catchUp = 0.2

/** A leader of ours stays interrupted until another process leads, however slow the machine is. */
async function interrupt(fleet: Fleet, leader: FleetProcess, seconds: number, watch: number, kind: Kind) {
  const beganAt = machineTime()
  kind.begin(leader)
  await sleep(seconds * 1000)
  if (fleet.contender.isOurs) await fleet.successor(leader, beganAt)
  const endedAt = machineTime()
  kind.end(leader)
  await sleep(watch * 1000)
  const watchedUntil = machineTime()
  await fleet.catchUp()
  const successor = fleet.knownSuccessor(leader, beganAt)
  const next = successor !== null && successor.from < endedAt ? successor : null
  if (next !== null && next.from <= beganAt) return null
  const back = fleet.periods.find(
    ({ id, until }) => leader.ids.includes(id) && until > endedAt + catchUp * watch * 1000,
  )
  return {
    seconds,
    two: twoLeaders(fleet.periods, beganAt, watchedUntil),
    nextAfter: next === null ? null : next.from - beganAt,
    ledAgainAfter: next === null || back === undefined ? null : Math.max(0, back.from - endedAt),
  }
}

interface Result {
  readonly contender: string
  readonly seconds: number
  readonly trials: number
  readonly twoMedian: number
  readonly twoMax: number
  /** How often another process led within these seconds. */
  readonly next: number
  readonly nextAfter: number
  readonly ledAgain: number
}

const resultsOf = ({ contender, trials }: Series<Trial>, durations: readonly number[]): Result[] =>
  durations.flatMap((seconds) => {
    const some = trials.filter((trial) => trial.seconds === seconds)
    if (some.length === 0) return []
    const two = some.map((trial) => trial.two)
    const after = some.flatMap(({ nextAfter }) => (nextAfter === null ? [] : [nextAfter]))
    const ledAgain = some.filter(({ ledAgainAfter }) => ledAgainAfter !== null).length
    return {
      contender: contender.name,
      seconds,
      trials: some.length,
      twoMedian: median(two),
      twoMax: Math.max(...two),
      next: after.filter((ms) => ms <= seconds * 1000).length,
      nextAfter: median(after),
      ledAgain,
    }
  })

function barsOf({ seconds, trials, next, twoMax, ledAgain }: Result, what: string): Bar[] {
  const when = `leader ${what} for ${seconds} s`
  return [
    { what: `${when}: two leaders for 0 ms`, measured: `${short(twoMax)} ms`, reached: twoMax === 0 },
    {
      what: `${when}: another process leads meanwhile`,
      measured: `${next} of ${trials}`,
      reached: next === trials,
    },
    {
      what: `${when}: it does not lead again`,
      measured: `it did in ${ledAgain} of ${trials}`,
      reached: ledAgain === 0,
    },
  ]
}

const interruption = (kind: Kind): Scenario => ({
  name: kind.name,
  title: kind.title,
  about: ({ watch }) =>
    `${kind.about} “Two leaders” is for how long there were two, until ${watch} s after the interruption. “Led again” counts how often the first leader leads ${watch * catchUp} s after it or later, although another process had led.`,
  async run(context) {
    const durations = kind.seconds(context.flags)
    const series = await takeTurns<Trial>(context, {
      name: kind.name,
      trials: (context.flags.trials ?? 3) * durations.length,
      proxied: kind.proxied,
      trial: (fleet, leader, round) =>
        interrupt(fleet, leader, durations[round % durations.length]!, context.flags.watch, kind),
      describe: ({ seconds, two, nextAfter, ledAgainAfter }) =>
        `${seconds} s, two leaders for ${short(two)} ms, ${nextAfter === null ? 'no other process led' : `another process led after ${whole(nextAfter)} ms`}${ledAgainAfter === null ? '' : `, the first one led again after ${whole(ledAgainAfter)} ms`}`,
    })
    const results = series.map((one) => resultsOf(one, durations))
    const ours = series.findIndex(({ contender }) => contender.isOurs)
    return {
      head: [
        '',
        kind.what,
        'two leaders: median ms',
        'max ms',
        'another led',
        'after: median ms',
        'led again',
      ],
      rows: results
        .flat()
        .map((one) => [
          one.contender,
          `${one.seconds} s`,
          short(one.twoMedian),
          short(one.twoMax),
          `${one.next} of ${one.trials}`,
          whole(one.nextAfter),
          `${one.ledAgain} of ${one.trials}`,
        ]),
      bars: results[ours]!.flatMap((result) => barsOf(result, kind.what)),
      figures: Object.fromEntries(results.map((some) => [some[0]!.contender, some])),
    }
  },
})

export const cutOff: Scenario = interruption({
  name: 'cut-off',
  title: 'The leader is cut off from Redis',
  about:
    'Nothing passes between its process and Redis, and neither side notices: connections stay open, and the bytes sent meanwhile arrive afterwards.',
  what: 'cut off',
  proxied: true,
  seconds: ({ cut }) => [cut],
  begin: ({ proxy }) => proxy!.cut(),
  end: ({ proxy }) => proxy!.restore(),
})

export const pause: Scenario = interruption({
  name: 'pause',
  title: 'The leader is stopped, and continues',
  about: 'The process gets SIGSTOP, and later SIGCONT.',
  what: 'stopped',
  proxied: false,
  seconds: ({ pauses }) => pauses,
  begin: ({ child }) => child.kill('SIGSTOP'),
  end: ({ child }) => child.kill('SIGCONT'),
})

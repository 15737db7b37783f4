// The leader is kept from the others for a while, and then is back: cut off from Redis, or stopped altogether.
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../statistics.ts'
import { short, whole } from '../table.ts'
import { machineTime } from './clock.ts'
import type { Flags } from './flags.ts'
import type { Fleet, Member } from './fleet.ts'
import { twoLeaders } from './holdings.ts'
import type { Bar, Scenario } from './stage.ts'
import { type Series, takeTurns } from './turns.ts'

interface Trial {
  readonly seconds: number
  /** For how long there were two leaders, from the beginning until nobody watched any longer, in ms. */
  readonly two: number
  /** When another one led, counted from the beginning, in ms; null: none did before the first one was back. */
  readonly nextAfter: number | null
  /** Another one led, and yet the first one leads, again or still, after it has been back for a while. Since when, counted from its return, in ms; null: it does not. */
  readonly tookBackAfter: number | null
}

interface Kind {
  readonly name: string
  readonly title: string
  readonly about: string
  /** What was done to the leader. */
  readonly what: string
  readonly cabled: boolean
  readonly seconds: (flags: Flags) => readonly number[]
  readonly begin: (leader: Member) => void
  readonly end: (leader: Member) => void
}

/** Of the time after, so much is given to whoever is back to hear what has happened. */
const catchesUp = 0.2
/** In ms: what has happened is heard of by then. */
const reporting = 100

async function interrupt(fleet: Fleet, leader: Member, seconds: number, watch: number, kind: Kind) {
  const beganAt = machineTime()
  kind.begin(leader)
  await sleep(seconds * 1000)
  const next = fleet.heir(leader, beganAt)
  const endedAt = machineTime()
  kind.end(leader)
  await sleep(watch * 1000)
  const watchedUntil = machineTime()
  await sleep(reporting)
  if (next !== null && next.from <= beganAt) return null
  const back = fleet.holdings.find(
    ({ id, until }) => leader.ids.includes(id) && until > endedAt + catchesUp * watch * 1000,
  )
  return {
    seconds,
    two: twoLeaders(fleet.holdings, beganAt, watchedUntil),
    nextAfter: next === null ? null : next.from - beganAt,
    tookBackAfter: next === null || back === undefined ? null : Math.max(0, back.from - endedAt),
  }
}

interface Result {
  readonly contender: string
  readonly seconds: number
  readonly trials: number
  readonly twoMedian: number
  readonly twoMax: number
  readonly next: number
  readonly nextAfter: number
  readonly tookBack: number
}

const resultsOf = ({ contender, trials }: Series<Trial>, durations: readonly number[]): Result[] =>
  durations.flatMap((seconds) => {
    const some = trials.filter((trial) => trial.seconds === seconds)
    if (some.length === 0) return []
    const two = some.map((trial) => trial.two)
    const next = some.flatMap(({ nextAfter }) => (nextAfter === null ? [] : [nextAfter]))
    const tookBack = some.filter(({ tookBackAfter }) => tookBackAfter !== null).length
    return {
      contender: contender.name,
      seconds,
      trials: some.length,
      twoMedian: median(two),
      twoMax: Math.max(...two),
      next: next.length,
      nextAfter: median(next),
      tookBack,
    }
  })

function barsOf({ seconds, trials, next, twoMax, tookBack }: Result, what: string): Bar[] {
  const when = `leader ${what} for ${seconds} s`
  return [
    { what: `${when}: two leaders for 0 ms`, measured: `${short(twoMax)} ms`, reached: twoMax === 0 },
    {
      what: `${when}: another one leads meanwhile`,
      measured: `${next} of ${trials}`,
      reached: next === trials,
    },
    {
      what: `${when}: it does not take power back`,
      measured: `it did in ${tookBack} of ${trials}`,
      reached: tookBack === 0,
    },
  ]
}

const interruption = (kind: Kind): Scenario => ({
  name: kind.name,
  title: kind.title,
  about: ({ watch }) =>
    `${kind.about} Two leaders: for how long there were, from then on until ${watch} s after. Took power back: another one led, and the first one does all the same, ${watch * catchesUp} s after or later.`,
  async run(stage) {
    const durations = kind.seconds(stage.flags)
    const series = await takeTurns<Trial>(stage, {
      name: kind.name,
      trials: (stage.flags.trials ?? 3) * durations.length,
      cabled: kind.cabled,
      trial: (fleet, leader, round) =>
        interrupt(fleet, leader, durations[round % durations.length]!, stage.flags.watch, kind),
      describe: ({ seconds, two, nextAfter, tookBackAfter }) =>
        `${seconds} s, two leaders for ${short(two)} ms, ${nextAfter === null ? 'no other one led' : `another one led after ${whole(nextAfter)} ms`}${tookBackAfter === null ? '' : `, power taken back after ${whole(tookBackAfter)} ms`}`,
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
        'took power back',
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
          `${one.tookBack} of ${one.trials}`,
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
    'Nothing passes between its process and Redis any more, and nobody is told: connections stay open, and what was sent meanwhile arrives afterwards.',
  what: 'cut off',
  cabled: true,
  seconds: ({ cut }) => [cut],
  begin: ({ cable }) => cable!.cut(),
  end: ({ cable }) => cable!.mend(),
})

export const pause: Scenario = interruption({
  name: 'pause',
  title: 'The leader is stopped, and goes on',
  about: 'SIGSTOP, later SIGCONT.',
  what: 'stopped',
  cabled: false,
  seconds: ({ pauses }) => pauses,
  begin: ({ child }) => child.kill('SIGSTOP'),
  end: ({ child }) => child.kill('SIGCONT'),
})

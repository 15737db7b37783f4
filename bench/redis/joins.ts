// A service is scaled up, process by process, while it has a healthy leader: does it keep it?
import { setTimeout as sleep } from 'node:timers/promises'
import { whole } from '../table.ts'
import type { Contender } from './contender.ts'
import { type Scenario, type Stage, settledFleet } from './stage.ts'

/** In ms: how long a process that came in may take until all agree. */
const limit = 10_000

interface Result {
  readonly contender: Contender
  /** Leaderships that began. */
  readonly changes: number
  /** Joins after which all agreed, in time. */
  readonly agreed: number
}

async function measure(contender: Contender, { port, flags, note }: Stage): Promise<Result> {
  const fleet = await settledFleet({ contender, port })
  try {
    const before = fleet.holdings.length
    let agreed = 0
    for (let join = 1; join <= flags.joins; join++) {
      await fleet.startMember()
      const isSettled = await fleet.settled(limit)
      if (isSettled) agreed++
      else if (contender.isOurs) throw new Error(`${contender.name}: after join ${join} they do not agree`)
      const changes = fleet.holdings.length - before
      note(
        `joins, ${join} of ${flags.joins}: ${contender.name}: leader changes so far ${changes}${isSettled ? '' : ', and they do not agree'}`,
      )
    }
    await sleep(flags.watch * 1000)
    return { contender, changes: fleet.holdings.length - before, agreed }
  } finally {
    await fleet.stop()
  }
}

export const joins: Scenario = {
  name: 'joins',
  title: 'Processes join, one after another',
  about: ({ joins }) =>
    `From 3 to ${3 + joins} processes: how many leaderships began, although nobody left. “Agreed”: joins after which all knew the same leader and one another within ${limit / 1000} s.`,
  async run(stage) {
    const results: Result[] = []
    for (const contender of stage.contenders) results.push(await measure(contender, stage))
    const { joins: count } = stage.flags
    return {
      head: ['', 'joins', 'leader changes', 'agreed'],
      rows: results.map(({ contender, changes, agreed }) => [
        contender.name,
        whole(count),
        whole(changes),
        `${agreed} of ${count}`,
      ]),
      bars: results
        .filter(({ contender }) => contender.isOurs)
        .map(({ changes }) => ({
          what: `${count} joins: the leader stays`,
          measured: `${changes} changes`,
          reached: changes === 0,
        })),
      figures: Object.fromEntries(
        results.map(({ contender, changes, agreed }) => [contender.name, { joins: count, changes, agreed }]),
      ),
    }
  },
}

// A service with a healthy leader is scaled up, process by process. Measured: whether the leader stays.
import { setTimeout as sleep } from 'node:timers/promises'
import { whole } from '../table.ts'
import type { Contender } from './contender.ts'
import { fleetInAgreement, type Scenario, type ScenarioContext } from './scenario.ts'

/** The longest time until all agree after a join, in ms. */
const limit = 10_000

interface Result {
  readonly contender: Contender
  /** The number of leaderships that began. */
  readonly changes: number
  /** The number of joins after which all agreed in time. */
  readonly agreed: number
}

async function measure(contender: Contender, { port, flags, note }: ScenarioContext): Promise<Result> {
  const fleet = await fleetInAgreement({ contender, port })
  try {
    const before = fleet.periods.length
    let agreed = 0
    for (let join = 1; join <= flags.joins; join++) {
      await fleet.startProcess()
      const doesAgree = await fleet.agrees(limit)
      if (doesAgree) agreed++
      else if (contender.isOurs) throw new Error(`${contender.name}: after join ${join} they do not agree`)
      const changes = fleet.periods.length - before
      note(
        `joins, ${join} of ${flags.joins}: ${contender.name}: leader changes so far ${changes}${doesAgree ? '' : ', and they do not agree'}`,
      )
    }
    await sleep(flags.watch * 1000)
    return { contender, changes: fleet.periods.length - before, agreed }
  } finally {
    await fleet.stop()
  }
}

export const joins: Scenario = {
  name: 'joins',
  title: 'Processes join, one after another',
  about: ({ joins }) =>
    `Processes are added from 3 to ${3 + joins}. Counted are the leaderships that began, although no process left. “Agreed” counts the joins after which all knew the same leader and one another within ${limit / 1000} s.`,
  async run(context) {
    const results: Result[] = []
    for (const contender of context.contenders) results.push(await measure(contender, context))
    const { joins: count } = context.flags
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

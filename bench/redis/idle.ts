// The load on Redis while there is a leader and nothing happens, by the number of instances.
import { setTimeout as sleep } from 'node:timers/promises'
import { short, whole } from '../table.ts'
import { fleetInAgreement, type Scenario } from './scenario.ts'
import { measureTraffic, type Traffic } from './traffic.ts'

/** The messages of the agreement have ended by then, in ms. */
const quiet = 1000

interface Figure extends Traffic {
  readonly contender: string
  readonly instances: number
}

export const idle: Scenario = {
  name: 'idle',
  title: 'Messages per second while nothing happens',
  about: ({ seconds }) =>
    `Commands to Redis, and messages that it delivers to subscribers, over ${seconds} s. The instances run in three processes.`,
  async run({ contenders, port, flags, note }) {
    const figures: Figure[] = []
    for (const instances of flags.instances)
      for (const contender of contenders) {
        const fleet = await fleetInAgreement({ contender, port, instances })
        try {
          await sleep(quiet)
          const traffic = await measureTraffic(port, flags.seconds)
          figures.push({ contender: contender.name, instances, ...traffic })
          note(
            `idle, ${instances} instances: ${contender.name}: ${short(traffic.commands)} commands/s, ${short(traffic.delivered)} delivered/s`,
          )
        } finally {
          await fleet.stop()
        }
      }
    return {
      head: ['', 'instances', 'commands/s', 'of these PUBLISH', 'delivered/s'],
      rows: figures.map(({ contender, instances, commands, published, delivered }) => [
        contender,
        whole(instances),
        ...[commands, published, delivered].map(short),
      ]),
      bars: [],
      figures: Object.fromEntries(
        contenders.map(({ name }) => [name, figures.filter(({ contender }) => contender === name)]),
      ),
    }
  },
}

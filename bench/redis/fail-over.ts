// The leader's process is killed: how long until an instance of another process holds leadership?
import { spread } from '../statistics.ts'
import { whole } from '../table.ts'
import { patience } from './fleet.ts'
import type { Scenario } from './stage.ts'
import { takeTurns } from './turns.ts'

/** The bar, in ms. */
const median = 500

export const failOver: Scenario = {
  name: 'fail-over',
  title: 'Fail-over after SIGKILL of the leader',
  about: () =>
    `From the signal until \`held\` is true (or \`isLeader()\`) in another process; not within ${patience / 1000} s: not recovered. Then another process is started in its place. Leaders besides: leaderships that began then, although there was a leader. Disagreed: how often not all came to know the same leader, and one another, after that.`,
  async run(stage) {
    const all = await takeTurns(stage, {
      name: 'fail-over',
      trials: stage.flags.trials ?? 40,
      async trial(fleet, leader) {
        const killedAt = fleet.end(leader, 'SIGKILL')
        const next = await fleet.successor(leader, killedAt)
        await leader.gone
        if (next === null) return { after: null }
        return next.from <= killedAt ? null : { after: next.from - killedAt }
      },
      describe: ({ after }) => (after === null ? 'not recovered' : `${whole(after)} ms`),
    })
    const results = all.map(({ contender, trials, unprovoked, disagreements }) => {
      const times = trials.flatMap(({ after }) => (after === null ? [] : [after]))
      return { contender, times, of: trials.length, unprovoked, disagreements, ...spread(times) }
    })
    return {
      head: ['', 'recovered', 'median ms', 'p90 ms', 'max ms', 'leaders besides', 'disagreed'],
      rows: results.map((one) => [
        one.contender.name,
        `${one.trials} of ${one.of}`,
        ...[one.median, one.p90, one.max].map(whole),
        whole(one.unprovoked),
        whole(one.disagreements),
      ]),
      bars: results
        .filter(({ contender }) => contender.isOurs)
        .flatMap((one) => [
          {
            what: 'every leader that was killed has a successor',
            measured: `${one.trials} of ${one.of}`,
            reached: one.trials === one.of,
          },
          {
            what: `median fail-over, at most ${median} ms`,
            measured: `${whole(one.median)} ms`,
            reached: one.median <= median,
          },
        ]),
      figures: Object.fromEntries(results.map(({ contender, ...figures }) => [contender.name, figures])),
    }
  },
}

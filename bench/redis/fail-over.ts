// The leader's process is killed. Measured: the time until another process leads.
import { spread } from '../statistics.ts'
import { whole } from '../table.ts'
import { patience } from './fleet.ts'
import type { Scenario } from './scenario.ts'
import { takeTurns } from './turns.ts'

/** The bar, in ms. */
const median = 500

export const failOver: Scenario = {
  name: 'fail-over',
  title: 'Fail-over after SIGKILL of the leader',
  about: () =>
    `The time from the signal until \`held\` (or \`isLeader()\`) is true in another process. A trial without a new leader within ${patience / 1000} s counts as not recovered. Then a new process replaces the killed one. “Extra leaders” are leaderships that began then, although there was a leader. “No agreement” counts how often the processes did not all learn of the same leader and of one another after that.`,
  async run(context) {
    const all = await takeTurns(context, {
      name: 'fail-over',
      trials: context.flags.trials ?? 40,
      async trial(fleet, leader) {
        const killedAt = fleet.end(leader, 'SIGKILL')
        const next = await fleet.successor(leader, killedAt)
        await leader.exited
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
      head: ['', 'recovered', 'median ms', 'p90 ms', 'max ms', 'extra leaders', 'no agreement'],
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
            what: 'every killed leader has a successor',
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

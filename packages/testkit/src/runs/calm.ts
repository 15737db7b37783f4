// Simplifications of a scenario, by name. Each makes a failing run easier to follow, if the run still fails
// with it.
import type { Scenario } from './scenario.ts'

export interface Calm {
  readonly name: string
  /** The thing that it removes, for the help. */
  readonly without: string
  /** Returns an equal scenario if there is nothing to remove. */
  apply(scenario: Scenario): Scenario
}

const network = (scenario: Scenario, changes: Partial<Scenario['network']>): Scenario => ({
  ...scenario,
  network: { ...scenario.network, ...changes },
})
const node = (scenario: Scenario, changes: Partial<Scenario['node']>): Scenario => ({
  ...scenario,
  node: { ...scenario.node, ...changes },
})
const nemesis = (scenario: Scenario, changes: Partial<Scenario['nemesis']>): Scenario => ({
  ...scenario,
  nemesis: { ...scenario.nemesis, ...changes },
})

/** At most this many nodes, founders first. */
const atMost = (count: number): Calm => ({
  name: `nodes-${count}`,
  without: `more than ${count} ${count === 1 ? 'node' : 'nodes'}`,
  apply: (scenario) => {
    const voters = scenario.voters.slice(0, count)
    return { ...scenario, voters, others: scenario.others.slice(0, count - voters.length) }
  },
})

/** In the order in which they are tried: the most effective ones come first. */
export const calms: readonly Calm[] = [
  atMost(1),
  atMost(2),
  atMost(3),
  atMost(4),
  atMost(5),
  {
    name: 'operator',
    without: 'membership changes, and nodes that wait to become members',
    apply: (scenario) => ({
      ...scenario,
      others: [],
      operator: {
        ...scenario.operator,
        gap: Number.POSITIVE_INFINITY,
        replacesAfter: Number.POSITIVE_INFINITY,
      },
    }),
  },
  {
    name: 'reads',
    without: 'readers',
    apply: (scenario) => ({ ...scenario, reads: { ...scenario.reads, gap: Number.POSITIVE_INFINITY } }),
  },
  {
    name: 'sessions',
    without: 'clients that repeat unanswered requests',
    apply: (scenario) => {
      const { workload } = scenario
      return {
        ...scenario,
        workload: { ...workload, sessions: { ...workload.sessions, count: 0, share: 0 } },
      }
    },
  },
  { name: 'founding', without: 'a new cluster', apply: (scenario) => ({ ...scenario, founding: null }) },
  {
    name: 'handshakes',
    without: 'members that show each other who they are',
    apply: (scenario) => ({
      ...scenario,
      founding: null,
      handshakes: { ...scenario.handshakes, shown: false },
    }),
  },
  { name: 'compaction', without: 'snapshots', apply: (scenario) => node(scenario, { compactAfter: 0 }) },
  { name: 'drops', without: 'lost messages', apply: (scenario) => network(scenario, { dropRate: 0 }) },
  {
    name: 'duplicates',
    without: 'messages that arrive twice',
    apply: (scenario) => network(scenario, { duplicateRate: 0 }),
  },
  {
    name: 'stragglers',
    without: 'messages that arrive much later than others',
    apply: (scenario) => network(scenario, { stragglerRate: 0 }),
  },
  {
    name: 'splits',
    without: 'appends that arrive shortened',
    apply: (scenario) => network(scenario, { splitRate: 0 }),
  },
  {
    name: 'reorder',
    without: 'messages that overtake others',
    apply: (scenario) => network(scenario, { ordered: true }),
  },
  {
    name: 'losses',
    without: 'messages lost on a link that is cut, and lost snapshots',
    apply: (scenario) => network(scenario, { losesInFlight: false, transferLossRate: 0 }),
  },
  {
    name: 'rates',
    without: 'links that carry little',
    apply: (scenario) => network(scenario, { rate: Number.POSITIVE_INFINITY, slowShare: 0 }),
  },
  {
    name: 'jitter',
    without: 'delays that differ from message to message',
    apply: (scenario) => network(scenario, { jitter: 0 }),
  },
  {
    name: 'stalls',
    without: 'writes that stall',
    apply: (scenario) => ({ ...scenario, disk: { ...scenario.disk, stallRate: 0 } }),
  },
  {
    name: 'lag',
    without: 'late timers, turns that gather events, and a slow state machine',
    apply: (scenario) => node(scenario, { turnLength: 0, applyTime: 0, timerLag: 0 }),
  },
  {
    name: 'drift',
    without: 'clocks that run at different rates',
    apply: (scenario) => nemesis(scenario, { clockSpread: 0 }),
  },
  {
    name: 'strikes',
    without: 'faults that wait for an election, a write, a vote or an answer',
    apply: (scenario) =>
      nemesis(scenario, {
        faultsAtElections: 0,
        crashesAtWrites: 0,
        crashesAfterVotes: 0,
        crashesAfterAnswers: 0,
      }),
  },
  {
    name: 'batches',
    without: 'proposals of several entries, and long ones',
    apply: (scenario) => ({ ...scenario, workload: { ...scenario.workload, batches: 0, padding: 0 } }),
  },
  {
    name: 'windows',
    without: 'small messages, small windows and small batches to apply',
    apply: (scenario) => ({
      ...scenario,
      config: {
        ...scenario.config,
        maxMessageBytes: 1024 * 1024,
        maxInflightMessages: 256,
        maxInflightBytes: 0,
        maxUncommittedBytes: 0,
        maxApplyingBytes: 4 * 1024 * 1024,
      },
    }),
  },
  {
    name: 'idle',
    without: 'an idle time after the faults',
    apply: (scenario) => ({ ...scenario, idleFirst: false }),
  },
  {
    name: 'failover',
    without: 'a member that stays down while the others heal',
    apply: (scenario) => ({ ...scenario, oneStaysDown: false }),
  },
]

/** The simplification of this name. Throws a RangeError that lists the names. */
export function calmNamed(name: string): Calm {
  const found = calms.find((calm) => calm.name === name)
  if (found === undefined)
    throw new RangeError(
      `--without does not know '${name}'; it knows ${calms.map((calm) => calm.name).join(', ')}`,
    )
  return found
}

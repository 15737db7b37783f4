// A cluster on strings: no chance, no faults but those that the script makes, nobody stands for election unless told to. For what
// has to happen in one order, which random runs find slowly.
import { type MembershipChange, type NodeId, type RaftConfig, type Rules, standardRules } from '@oarlock/core'
import { LocalEvent } from './arrival.ts'
import type { SimNode } from './node.ts'
import { Random } from './random.ts'
import { drawScenario, type Scenario } from './scenario.ts'
import { Simulation } from './simulation.ts'

export interface ScriptOptions {
  readonly voters: readonly NodeId[]
  readonly others?: readonly NodeId[]
  readonly config?: Partial<Omit<RaftConfig, 'id'>>
  readonly rules?: Rules
}

function calm({ voters, others = [], config = {} }: ScriptOptions): Scenario {
  const drawn = drawScenario(new Random(1))
  return {
    ...drawn,
    voters,
    others,
    config: {
      ...drawn.config,
      electionTimeout: 1_000_000,
      heartbeatInterval: 10,
      preVote: false,
      checkQuorum: false,
      lease: false,
      maxMessageBytes: 1000,
      maxInflightMessages: 256,
      maxInflightBytes: 0,
      maxUncommittedBytes: 0,
      maxApplyingBytes: 1000,
      applyUnstable: false,
      ...config,
    },
    network: {
      latency: 1,
      jitter: 0,
      dropRate: 0,
      duplicateRate: 0,
      splitRate: 0,
      stragglerRate: 0,
      stragglerDelay: 0,
      ordered: true,
      losesInFlight: true,
      transferTime: 0,
      transferLossRate: 0,
    },
    disk: { latency: 0.1, stallRate: 0, stallLength: 0, snapshotLatency: 0 },
    node: { turnLength: 0, applyTime: 0, timerLag: 0, tickFirst: false, compactAfter: 0 },
    reads: { gap: Number.POSITIVE_INFINITY, toLeader: 0, byLease: 0 },
    operator: { gap: Number.POSITIVE_INFINITY, several: 0, mostVoters: 7 },
    nemesis: {
      ...drawn.nemesis,
      faults: [],
      strikesElections: 0,
      strikesWrite: 0,
      clockSpread: 0,
      downtime: 1e9,
    },
  }
}

/** How long what must happen may take, in ms. */
const PATIENCE = 1000

export class Script {
  readonly simulation: Simulation

  constructor(options: ScriptOptions) {
    const { rules = standardRules } = options
    this.simulation = new Simulation(calm(options), new Random(8), { rules, early: false })
    this.simulation.start()
  }

  node(id: NodeId): SimNode {
    return this.simulation.nodes.find((node) => node.id === id)!
  }

  /** Lets time go on until it is so. Throws if it never is. */
  until(what: string, reached: () => boolean): void {
    const { world } = this.simulation
    const end = world.now + PATIENCE
    while (!reached()) if (!world.step(end)) throw new Error(`never: ${what}`)
  }

  pass(ms: number): void {
    const { world } = this.simulation
    const end = world.now + ms
    while (world.step(end));
  }

  /** Everything from one node to the others is lost from now on. */
  mute(from: NodeId, ...to: NodeId[]): void {
    for (const id of to) this.simulation.network.cut(this.node(from).place, this.node(id).place)
  }

  unmute(from: NodeId, ...to: NodeId[]): void {
    for (const id of to) this.simulation.network.mend(this.node(from).place, this.node(id).place)
  }

  /** Nothing gets from one side to the other, nor back. */
  split(one: readonly NodeId[], other: readonly NodeId[]): void {
    for (const id of one) this.mute(id, ...other)
    for (const id of other) this.mute(id, ...one)
  }

  campaign(id: NodeId): void {
    this.node(id).arrive(new LocalEvent({ type: 'campaign' }))
  }

  elect(id: NodeId): void {
    this.campaign(id)
    this.until(`${id} leads`, () => this.node(id).raft.role === 'leader')
  }

  propose(id: NodeId): void {
    this.simulation.workload.propose(this.node(id))
  }

  /** Proposes and waits until the proposer is told that it is applied. */
  write(id: NodeId): void {
    const { workload } = this.simulation
    const { acknowledged } = workload
    this.propose(id)
    this.until('it is acknowledged', () => workload.acknowledged > acknowledged)
  }

  change(id: NodeId, change: MembershipChange): void {
    const node = this.node(id)
    const expected = node.raft.inspect().configurationIndex
    node.arrive(new LocalEvent({ type: 'reconfigure', request: 2 ** 40, change, expected }))
  }

  /** What is on its disk. */
  log(id: NodeId): string {
    return this.node(id)
      .disk.durableLog.entries.map((entry) => `${entry.index}@${entry.term}`)
      .join(' ')
  }
}

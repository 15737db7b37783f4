// One cluster in its world, put together from a scenario.
import { completeConfig, type Rules, standardRules, staticVoters } from '@oarlock/core'
import { Agenda, type Omitted } from './agenda.ts'
import { NodeClock } from './clock.ts'
import { CommittedLog } from './committed.ts'
import { Disk } from './disk.ts'
import { History } from './history.ts'
import { earlyCheckers, type Observed, outcomeCheckers } from './invariants/index.ts'
import { drawRate, Nemesis } from './nemesis.ts'
import { Network } from './network.ts'
import { SimNode } from './node.ts'
import { Observer } from './observer.ts'
import { Operator } from './operator.ts'
import type { Random } from './random.ts'
import { Reads } from './reads.ts'
import type { Scenario } from './scenario.ts'
import { Workload } from './workload.ts'
import { World } from './world.ts'

export interface SimulationOptions {
  readonly rules?: Rules
  /** Also check what the outcomes rest on (votes and answers on disk before they count). Default true. */
  readonly early?: boolean
  /** What of the run does not happen, so that less is left to look at. */
  readonly omitted?: Omitted
  /** Receives the event log, line by line. */
  readonly trace?: ((line: string) => void) | null
}

export class Simulation implements Observed {
  readonly scenario: Scenario
  readonly world: World
  readonly agenda: Agenda
  readonly nodes: readonly SimNode[]
  readonly network: Network
  readonly nemesis: Nemesis
  readonly workload: Workload
  readonly reads: Reads
  readonly operator: Operator
  readonly committed: CommittedLog
  readonly observer: Observer = new Observer()

  constructor(scenario: Scenario, random: Random, options: SimulationOptions = {}) {
    const { rules = standardRules, early = true, trace = null, omitted = {} } = options
    const { voters, others, nemesis } = scenario
    this.scenario = scenario
    this.world = new World(trace)
    this.agenda = new Agenda(omitted)
    const founders = staticVoters(voters)
    this.committed = new CommittedLog(founders)
    const ids = [...voters, ...others]
    this.nodes = ids.map((id, place) => {
      const own = random.split(`node ${id}`)
      return new SimNode({
        place,
        config: completeConfig({ ...scenario.config, id }),
        founders,
        rules,
        world: this.world,
        clock: new NodeClock(own.between(0, 10_000), drawRate(own, nemesis.clockSpread)),
        disk: new Disk(this.world, own.split('disk'), scenario.disk),
        random: own,
        profile: scenario.node,
        observer: this.observer,
      })
    })
    this.network = new Network(this.world, random.split('messages'), scenario.network, ids, this.nodes)
    for (const node of this.nodes) node.network = this.network
    const history = new History()
    this.workload = new Workload(
      this.world,
      random.split('proposals'),
      scenario.workload,
      this.nodes,
      this.committed,
      history,
      this.agenda,
    )
    this.reads = new Reads(
      this.world,
      random.split('reads'),
      scenario.reads,
      this.nodes,
      history,
      this.agenda,
    )
    this.network.onDuplicate = (envelope) => this.workload.duplicated(envelope)
    this.nemesis = new Nemesis(
      this.world,
      random.split('faults'),
      nemesis,
      this.nodes,
      this.network,
      this.agenda,
    )
    for (const checker of outcomeCheckers(this)) this.observer.add(checker)
    if (early) for (const checker of earlyCheckers(this)) this.observer.add(checker)
    const { operator } = scenario
    this.operator = new Operator(
      this.world,
      random.split('operator'),
      operator,
      this.nodes,
      this.committed,
      this.agenda,
    )
    this.observer.add(this.workload)
    this.observer.add(this.reads)
    this.observer.add(this.nemesis)
  }

  /** Starts every node. */
  start(): void {
    for (const node of this.nodes) node.start()
  }
}

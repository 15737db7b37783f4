// One cluster in its world, built from a scenario.
import { completeConfig, staticVoters } from '@oarlock/core'
import {
  History,
  LeadershipPollers,
  Operator,
  Reads,
  StoreClients,
  StoreHistory,
  Workload,
} from '../clients/index.ts'
import { Namesakes, Nemesis } from '../faults/index.ts'
import { Disk, drawRate, Network, NodeClock } from '../hardware/index.ts'
import {
  dangerCheckers,
  earlyCheckers,
  type Observed,
  OneIncarnation,
  outcomeCheckers,
} from '../invariants/index.ts'
import {
  type Application,
  applicationOf,
  type MachineFactory,
  machinesFor,
  type SimulatedMachine,
  StateBytes,
} from '../machine/index.ts'
import { type Arrival, Observer, SimNode } from '../member/index.ts'
import { CommittedLog, Survivors } from '../model/index.ts'
import { Agenda, type Kept, type Random, World } from '../world/index.ts'
import type { Scenario } from './scenario.ts'

/** The options of {@link Application} add a state machine of your own. */
export interface SimulationOptions<M extends SimulatedMachine = SimulatedMachine>
  extends Partial<Application<M>> {
  /**
   * Also check the preconditions of outcomes, such as votes and answers on disk before they count. Default
   * true.
   */
  readonly early?: boolean
  /** Also check for messages that could cause a violation later. Default true. */
  readonly dangers?: boolean
  /** The faults, changes, writes and reads that happen. Default: all. */
  readonly kept?: Kept
  /** Receives each line of the event log. */
  readonly trace?: ((line: string) => void) | null
  /**
   * Called when everything is built, before the checkers are added, so that a watcher sees the event that a
   * checker objects to.
   */
  readonly watch?: (simulation: Simulation) => void
}

export class Simulation implements Observed {
  readonly scenario: Scenario
  readonly world: World
  readonly agenda: Agenda
  readonly nodes: readonly SimNode[]
  readonly network: Network<Arrival>
  readonly survivors: Survivors
  readonly nemesis: Nemesis
  readonly workload: Workload
  readonly reads: Reads
  readonly storeClients: StoreClients
  readonly storeHistory: StoreHistory
  readonly operator: Operator
  readonly committed: CommittedLog
  readonly hosted: MachineFactory | null
  readonly history: History = new History()
  readonly observer: Observer<SimNode> = new Observer()
  readonly incarnations: OneIncarnation

  constructor(scenario: Scenario, random: Random, options: SimulationOptions = {}) {
    const { early = true, dangers = true, trace = null, kept = {}, watch } = options
    const application = applicationOf(options)
    const machines = machinesFor(application)
    const stateBytes = new StateBytes()
    this.hosted = application === null ? null : machines
    const { voters, others, nemesis } = scenario
    this.scenario = scenario
    this.world = new World(trace)
    this.agenda = new Agenda(kept)
    const founders = staticVoters(voters)
    this.committed = new CommittedLog(founders, machines)
    this.incarnations = new OneIncarnation(this.committed)
    const ids = [...voters, ...others]
    // Others come to the cluster later, if the runtime takes them in.
    const identities = scenario.operator.byRuntime === true ? voters : ids
    this.nodes = ids.map((id, place) => {
      const own = random.split(`node ${id}`)
      return new SimNode({
        place,
        config: completeConfig({ ...scenario.config, ...scenario.own[id], id }),
        founders,
        identities,
        founding: scenario.founding ?? 'all',
        handshakes: scenario.handshakes,
        timeouts: scenario.timeouts,
        world: this.world,
        clock: new NodeClock(own.between(0, 10_000), drawRate(own, nemesis.clockSpread)),
        disk: new Disk(this.world, own.split('disk'), scenario.disk),
        random: own,
        profile: scenario.node,
        wasTakenIn: (member, incarnation) => this.committed.hasTakenIn(member, incarnation),
        observer: this.observer,
        machines,
        stateBytes,
        store: scenario.store.settings[place % scenario.store.settings.length]!,
      })
    })
    if (scenario.founding === null) this.#letAllHaveTakenPart()
    this.network = new Network(this.world, random.split('messages'), scenario.network, ids, this.nodes)
    for (const node of this.nodes) node.network = this.network
    const { history } = this
    this.workload = new Workload(
      this.world,
      random.split('proposals'),
      scenario.workload,
      this.nodes,
      this.committed,
      history,
      this.agenda,
      application,
    )
    this.reads = new Reads(
      this.world,
      random.split('reads'),
      scenario.reads,
      this.nodes,
      history,
      this.agenda,
      application,
    )
    this.storeHistory = new StoreHistory(this.world, this.committed)
    this.storeClients = new StoreClients(
      this.world,
      random.split('store'),
      scenario.store,
      this.nodes,
      this.agenda,
      this.storeHistory,
    )
    this.network.onDuplicate = (envelope) => this.workload.duplicated(envelope)
    this.survivors = new Survivors(this.nodes, this.committed)
    this.nemesis = new Nemesis(
      this.world,
      random.split('faults'),
      nemesis,
      this.nodes,
      this.network,
      this.agenda,
      this.committed,
      this.survivors,
      new Namesakes({
        nodes: this.nodes,
        network: this.network,
        founding: scenario.founding,
        founders: identities.length,
        shown: scenario.handshakes.shown,
        watcher: this.incarnations,
      }),
    )
    watch?.(this)
    for (const checker of outcomeCheckers(this)) this.observer.add(checker)
    if (dangers) for (const checker of dangerCheckers(this)) this.observer.add(checker)
    if (early) for (const checker of earlyCheckers(this)) this.observer.add(checker)
    const operator = { ...scenario.operator, showsIdentities: scenario.handshakes.shown }
    this.operator = new Operator(
      this.world,
      random.split('operator'),
      operator,
      this.nodes,
      this.committed,
      this.agenda,
      this.survivors,
    )
    this.observer.add(
      new LeadershipPollers(this.world, random.split('looks'), scenario.config.electionTimeout),
    )
    this.observer.add(this.nemesis)
    this.observer.add(this.operator)
  }

  /** The cluster was founded before this run. */
  #letAllHaveTakenPart(): void {
    const incarnations = new Map(this.nodes.map(({ id, disk }) => [id, disk.identity.incarnation]))
    for (const { id, disk } of this.nodes) {
      const peers = new Map(incarnations)
      peers.delete(id)
      disk.identity.takenPartWith(peers)
    }
  }

  /** Starts every node. */
  start(): void {
    for (const node of this.nodes) node.start()
  }
}

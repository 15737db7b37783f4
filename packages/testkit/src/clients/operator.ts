// The operator changes the membership during a run: it adds, removes, promotes and demotes voters and
// learners, one or several at a time. A node that was never a member starts empty, with the founders'
// configuration, and waits for a leader. A removed node keeps its disk, continues to run, and may be added
// again.
import type {
  Configuration,
  Index,
  MemberChange,
  MembershipChange,
  NodeId,
  ProposalOutcome,
  RequestId,
} from '@oarlock/core'
import { LocalEvent, type SimNode, type Watcher } from '../member/index.ts'
import { type CommittedLog, isMember, isQuorum, isVoter, type Survivors } from '../model/index.ts'
import { type Agenda, Call, type Random, Violation, type World } from '../world/index.ts'
import { RuntimeOperator } from './runtime-operator.ts'

export interface OperatorProfile {
  /** The mean time between two attempts, in ms. Infinity: the membership does not change. */
  readonly gap: number
  /** The share of attempts that change several members at once. */
  readonly several: number
  /** The largest number of voters. */
  readonly mostVoters: number
  /** Only learners are added and removed. */
  readonly learnersOnly?: boolean
  /** The runtime changes the membership, not the core alone. */
  readonly byRuntime?: boolean
  /** Members show each other who they are. */
  readonly showsIdentities?: boolean
  /** No faults start a second process under the name of a node. */
  readonly oneProcessEach?: boolean
  /**
   * The mean time until a new member replaces one that lost its disk, in ms. Infinity or undefined: never.
   */
  readonly replacesAfter?: number
}

/** Membership changes are numbered from here; writes are numbered from 1. */
const FIRST_REQUEST = 2 ** 40

/** The share of attempts that are meant for an earlier configuration, which must be refused. */
const MEANT_FOR_ANOTHER = 0.12
/** The share of attempts in a joint configuration that do not leave it, which must be refused too. */
const CHANGES_WHILE_JOINT = 0.25

export class Operator implements Watcher {
  readonly #world: World
  readonly #random: Random
  readonly #times: Random
  /** For the current attempt only. */
  #dice: Random
  readonly #profile: OperatorProfile
  readonly #nodes: readonly SimNode[]
  readonly #committed: CommittedLog
  readonly #agenda: Agenda
  readonly #survivors: Survivors
  readonly #runtime: RuntimeOperator
  #requests = FIRST_REQUEST
  /** Requests that must be refused, with the reason. */
  readonly #mustBeRefused: Map<RequestId, string> = new Map()
  #open = true

  constructor(
    world: World,
    random: Random,
    profile: OperatorProfile,
    nodes: readonly SimNode[],
    committed: CommittedLog,
    agenda: Agenda,
    survivors: Survivors,
  ) {
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.#nodes = nodes
    this.#committed = committed
    this.#agenda = agenda
    this.#survivors = survivors
    this.#runtime = new RuntimeOperator({
      nodes,
      committed,
      survivors,
      mostVoters: profile.mostVoters,
      learnersOnly: profile.learnersOnly === true,
      oneProcessEach: profile.oneProcessEach === true,
    })
    this.#times = random.split('times')
    this.#dice = random
  }

  start(): void {
    const { gap, replacesAfter = Number.POSITIVE_INFINITY } = this.#profile
    this.#every(gap, () => this.attempt())
    this.#every(replacesAfter, () => this.#replaceLost())
  }

  #every(gap: number, what: () => void): void {
    if (gap === Number.POSITIVE_INFINITY) return
    const next = (): void => {
      if (!this.#open) return
      what()
      this.#world.schedule(new Call(next), this.#world.now + this.#times.exponential(gap))
    }
    this.#world.schedule(new Call(next), this.#world.now + this.#times.exponential(gap))
  }

  stop(): void {
    this.#open = false
  }

  /** The members of the last committed configuration, without those that lost their disks. */
  get members(): readonly SimNode[] {
    return this.#nodes.filter(
      ({ id, lost, isNewcomer }) => !lost && !isNewcomer && isMember(this.#committed.configuration, id),
    )
  }

  /**
   * Switches off a removed node as soon as a quorum of the members has applied its removal. Until then its
   * vote may be needed, since a configuration takes effect when it is applied. In a joint configuration the
   * members of both halves stay; other nodes are switched off at once, because it may last. A later change
   * may add a node again.
   */
  retireRemoved(): void {
    const { configuration } = this.#committed
    for (const node of this.#nodes)
      if (node.retired && isMember(configuration, node.id)) this.#startAgain(node)
    // A power cut makes members forget that a change is committed: then the removed ones are needed again.
    for (const node of this.#nodes)
      if (node.stoppedByItself && !this.#isRemovalKnown(node.id)) this.#startAgain(node)
    // Founding members still wait for the others.
    if (this.#nodes.some(({ lost, isNewcomer, founded }) => !lost && !isNewcomer && !founded)) return
    if (this.#profile.byRuntime === true && this.#profile.showsIdentities === true) return
    for (const node of this.#nodes)
      if (node.up && !isMember(configuration, node.id) && this.#isRemovalKnown(node.id)) {
        node.retired = true
        node.crash()
      }
  }

  /** To a quorum of the members. Of a member: the last change. */
  #isRemovalKnown(removed: NodeId): boolean {
    const { configurations } = this.#committed
    const before = configurations.findLastIndex(({ configuration }) => isMember(configuration, removed))
    const { from } = configurations[before + 1] ?? configurations.at(-1)!
    return isQuorum(configurations.at(-1)!.configuration, (id) => {
      const { up, raft } = this.#nodes.find((node) => node.id === id)!
      return up && raft.applied >= from
    })
  }

  #startAgain(node: SimNode): void {
    node.retired = false
    node.stoppedByItself = false
    node.start()
  }

  /** Whether nothing that the runtime was asked for is still to be done. */
  get isSettled(): boolean {
    return this.#profile.byRuntime !== true || this.#runtime.isSettled
  }

  /**
   * Where members show who they are, and the runtime changes the membership, it stops those that were
   * removed.
   */
  get removedHaveStopped(): boolean {
    if (this.#profile.byRuntime !== true || this.#profile.showsIdentities !== true) return true
    const { removed, members } = this.#committed.configurations.at(-1)!.table
    return this.#nodes.every(
      ({ id, up, disk }) =>
        !up || members.has(id) || removed.get(id)?.incarnation !== disk.identity.incarnation,
    )
  }

  /** Asks a leader for a change, if there is one. */
  attempt(): void {
    const number = this.#agenda.next('change')
    if (number === null) return
    this.#dice = this.#random.split(`change ${number}`)
    if (this.#profile.byRuntime === true) return this.#runtime.attempt(this.#dice)
    const leaders = this.#nodes.filter(({ up, raft }) => up && raft.role === 'leader')
    if (leaders.length === 0) return
    const leader = this.#dice.pick(leaders)
    const { configuration, configurationIndex } = leader.raft.inspect()
    // A joint configuration that the leader does not leave may last for a while.
    if (configuration.outgoing.length > 0 && this.#dice.chance(0.6)) return
    const { chosen, mustBeRefused } = this.#draw(configuration)
    const { configurations } = this.#committed
    const earlier = configurations.findLast(({ from }) => from < configurationIndex)
    if (earlier !== undefined && this.#dice.chance(MEANT_FOR_ANOTHER))
      return this.#askForRefusal(leader, chosen, earlier.from, 'was meant for an earlier configuration')
    if (mustBeRefused)
      return this.#askForRefusal(leader, chosen, configurationIndex, 'found a joint configuration')
    this.#ask(leader, chosen)
  }

  /** A change meant for another configuration must not be reported as made. */
  answered(_node: SimNode, { request, at }: ProposalOutcome): void {
    const why = at === null ? undefined : this.#mustBeRefused.get(request)
    if (at === null || why === undefined) return
    throw new Violation('CONF', `change #${request}, which ${why}, is reported as made at ${at.index}`)
  }

  #askForRefusal(leader: SimNode, change: MembershipChange, expected: Index, why: string): void {
    this.#mustBeRefused.set(this.#requests, why)
    leader.arrive(new LocalEvent({ type: 'reconfigure', request: this.#requests++, change, expected }))
  }

  /** Asks for a change unless it could leave the cluster without a majority that has its disks. */
  #ask(leader: SimNode, change: MembershipChange): void {
    const { configuration, configurationIndex: expected } = leader.raft.inspect()
    if (!this.#survivors.mayChange(configuration, expected, change)) return
    leader.arrive(new LocalEvent({ type: 'reconfigure', request: this.#requests++, change, expected }))
  }

  /** Replaces a member that lost its disk by a node that is not a member, under the new node's name. */
  #replaceLost(): void {
    if (this.#profile.byRuntime === true) return this.#runtime.replaceLost(this.#agenda, this.#random)
    const { configuration } = this.#committed
    const lost = this.#nodes.find((node) => node.lost && isMember(configuration, node.id))
    if (lost === undefined) return
    const number = this.#agenda.next('change')
    if (number === null) return
    this.#dice = this.#random.split(`change ${number}`)
    const leaders = this.#nodes.filter(({ up, raft }) => up && raft.role === 'leader')
    if (leaders.length === 0) return
    const leader = this.#dice.pick(leaders)
    if (configuration.outgoing.length > 0) return this.#ask(leader, { transition: 'auto', changes: [] })
    const changes: MemberChange[] = [{ id: lost.id, kind: 'remove' }]
    const spare = this.#nodes.find(({ id, up }) => up && !isMember(configuration, id))
    if (spare !== undefined)
      changes.push({ id: spare.id, kind: isVoter(configuration, lost.id) ? 'voter' : 'learner' })
    this.#ask(leader, { transition: 'auto', changes })
  }

  /** `mustBeRefused`: the configuration is joint, and the change does not leave it. */
  #draw(configuration: Configuration): { chosen: MembershipChange; mustBeRefused: boolean } {
    const isJoint = configuration.outgoing.length > 0
    if (isJoint && !this.#dice.chance(CHANGES_WHILE_JOINT))
      return { chosen: { transition: 'auto', changes: [] }, mustBeRefused: false }
    return { chosen: this.#drawChange(configuration), mustBeRefused: isJoint }
  }

  #drawChange(configuration: Configuration): MembershipChange {
    const count = this.#dice.chance(this.#profile.several) ? 2 + this.#dice.int(3) : 1
    const chosen = this.#dice.shuffled(this.#nodes).slice(0, count)
    return {
      transition: this.#dice.chance(0.7) ? 'auto' : this.#dice.pick(['implicit', 'explicit']),
      changes: chosen.map(({ id }) => this.#changeOf(configuration, id)),
    }
  }

  #changeOf({ voters, learners }: Configuration, id: NodeId): MemberChange {
    if (this.#profile.learnersOnly === true)
      return { id, kind: voters.includes(id) ? 'update' : learners.includes(id) ? 'remove' : 'learner' }
    const kinds: MemberChange['kind'][] = voters.includes(id)
      ? ['remove', 'remove', 'learner', 'update']
      : learners.includes(id)
        ? ['voter', 'voter', 'remove']
        : ['voter', 'voter', 'learner']
    const kind = this.#dice.pick(kinds)
    return { id, kind: kind === 'voter' && voters.length >= this.#profile.mostVoters ? 'learner' : kind }
  }
}

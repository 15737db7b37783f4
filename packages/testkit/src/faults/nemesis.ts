// The nemesis causes the faults, at random times and just after critical events: a new leader, a leader's
// append, a vote, a promise.
import type { Effects, Envelope } from '@oarlock/core'
import type { Network } from '../hardware/index.ts'
import type { Arrival, SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog, Survivors } from '../model/index.ts'
import { type Agenda, Call, type Random, type World } from '../world/index.ts'
import type { FaultKind, NemesisProfile } from './fault-kinds.ts'
import { type FaultContext, injectors, writeBoundaries } from './faults.ts'
import type { Namesakes } from './namesakes.ts'

const nodeFaults: readonly FaultKind[] = ['crash', 'pause', 'isolate', 'mute', 'transfer', 'failedSync']

/** How often a moment is awaited at which only some members know one of them. */
const LOOKS = 60
const LOOKS_A_TIMEOUT = 20

export class Nemesis implements Watcher {
  /** The number of faults of each kind so far. */
  readonly injected: Map<FaultKind, number> = new Map()
  readonly #world: World
  readonly #random: Random
  /** For the times, kinds and victims of faults. */
  readonly #times: Random
  readonly #profile: NemesisProfile
  readonly #nodes: readonly SimNode[]
  readonly #network: Network<Arrival>
  readonly #agenda: Agenda
  readonly #committed: CommittedLog
  readonly #survivors: Survivors
  readonly namesakes: Namesakes
  /** The faults of this run that affect one node. */
  readonly #nodeFaults: readonly FaultKind[]
  #active = true

  constructor(
    world: World,
    random: Random,
    profile: NemesisProfile,
    nodes: readonly SimNode[],
    network: Network<Arrival>,
    agenda: Agenda,
    committed: CommittedLog,
    survivors: Survivors,
    namesakes: Namesakes,
  ) {
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.#nodes = nodes
    this.#network = network
    this.#agenda = agenda
    this.#committed = committed
    this.#survivors = survivors
    this.namesakes = namesakes
    this.#times = random.split('times')
    this.#nodeFaults = profile.faults.filter((kind) => nodeFaults.includes(kind))
  }

  start(): void {
    const { faults, gap } = this.#profile
    if (this.namesakes.isFounding) this.#strikeFounding()
    if (faults.length === 0) return
    const next = (): void => {
      if (!this.#active) return
      this.inject(this.#times.pick(faults), this.#victim())
      this.#after(this.#times.exponential(gap), next)
    }
    this.#after(this.#times.exponential(gap), next)
  }

  /** The members of a new cluster do not start at one instant, and one of them may be started twice. */
  #strikeFounding(): void {
    const { faults, electionTimeout } = this.#profile
    for (const node of this.#nodes) if (this.#times.chance(0.4)) node.crash()
    if (!faults.includes('twin')) return
    const look = (left: number): void => {
      const victim = this.namesakes.partlyKnown
      if (victim !== undefined) this.inject('twin', victim)
      else if (left > 0) this.#after(electionTimeout / LOOKS_A_TIMEOUT, () => look(left - 1))
    }
    this.#after(0, () => look(LOOKS))
  }

  /** Ends all faults: every node is up, running and connected, and clocks run at the same rate. */
  stop(): void {
    // The last transfer may be lost, together with its target.
    if (this.#profile.faults.includes('transfer')) this.inject('transfer', this.#victim())
    this.#active = false
    this.namesakes.stop()
    this.#network.heal()
    for (const node of this.#nodes) {
      node.disk.slowness = 1
      node.disk.stalls = false
      node.disk.full = false
      node.disk.syncFails = false
      node.applyDelay = 0
      node.disarm()
      node.drift(1)
      if (!node.up && !node.retired) this.#restart(node)
      node.resume()
    }
  }

  /** A crashed node comes back after a while, and not before its disk has room. */
  crashed(node: SimNode): void {
    const { life } = node
    const wait = (): number => this.#random.exponential(this.#profile.downtime)
    const back = (): void => {
      if (node.up || node.retired || node.life !== life) return
      if (node.disk.full) this.#after(wait(), back)
      else this.#restart(node)
    }
    // A process may notice only now that its disk failed during the faults.
    if (this.#active) this.#after(wait(), back)
    else if (node.failure !== null) this.#world.schedule(new Call(back), this.#world.now)
  }

  /** Crashes a node soon after it has made a promise. */
  leaving(node: SimNode, { to, message }: Envelope): void {
    if (!this.#active || to === node.id) return
    const { crashesAfterVotes, crashesAfterAnswers, roundTrip } = this.#profile
    const isVote = message.type === 'voteResponse' && message.granted
    const share = isVote ? crashesAfterVotes : message.type === 'heartbeatResponse' ? crashesAfterAnswers : 0
    if (share === 0 || !this.#random.chance(share)) return
    const number = this.#agenda.next('fault')
    if (number === null) return
    this.#agenda.onFault?.(number, 'crash', node.id)
    this.#after(roundTrip * this.#random.logBetween(0.01, 3), () => node.crash())
  }

  /** Crashes a node while it writes what it knows of its peers, or just after that. */
  recording(node: SimNode, duration: number): void {
    const { crashesAtWrites } = this.#profile
    if (!this.#active || crashesAtWrites === 0 || !this.#random.chance(crashesAtWrites)) return
    const number = this.#agenda.next('fault')
    if (number === null) return
    this.#agenda.onFault?.(number, 'crash', node.id)
    this.#after(duration * this.#random.between(0, 1.5), () => node.crash())
  }

  taken(node: SimNode, { role, persist }: Effects): void {
    if (!this.#active) return
    const { faultsAtElections, crashesAtWrites, roundTrip } = this.#profile
    if (persist?.mustSync === true && crashesAtWrites > 0 && this.#random.chance(crashesAtWrites)) {
      const boundary = this.#random.pick(writeBoundaries)
      const number = this.#agenda.next('fault')
      if (number !== null) {
        this.#agenda.onFault?.(number, boundary, node.id)
        node.crash(boundary)
      }
    }
    if (role === null || faultsAtElections === 0 || this.#nodeFaults.length === 0) return
    if (role.role !== 'leader' && role.role !== 'candidate') return
    if (!this.#random.chance(faultsAtElections)) return
    const kind = this.#random.pick(this.#nodeFaults)
    this.#after(roundTrip * this.#random.logBetween(0.1, 10), () => this.inject(kind, node))
  }

  /**
   * Causes a fault, unless the agenda leaves it out. Each has its own randomness, so the others do not
   * change.
   */
  inject(kind: FaultKind, victim: SimNode): void {
    const number = this.#agenda.next('fault')
    if (number === null) return
    this.#agenda.onFault?.(number, kind, victim.id)
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1)
    if (this.#world.trace !== null) this.#world.log(`— ${kind} (${victim.id}) —`)
    injectors[kind](victim, this.#context(number))
  }

  #context(number: number): FaultContext {
    return {
      dice: this.#random.split(`fault ${number}`),
      profile: this.#profile,
      nodes: this.#nodes,
      network: this.#network,
      committed: this.#committed,
      survivors: this.#survivors,
      namesakes: this.namesakes,
      after: (delay, what) => this.#after(delay, what),
    }
  }

  #victim(): SimNode {
    if (this.#times.chance(this.#profile.aimsAtLeader)) {
      const leaders = this.#nodes.filter((node) => node.up && node.raft.role === 'leader')
      if (leaders.length > 0) return this.#times.pick(leaders)
    }
    return this.#times.pick(this.#nodes)
  }

  #restart(node: SimNode): void {
    // The monotonic clock restarts with the process.
    node.clock.restart(this.#random.between(0, 10_000), this.#world.now)
    node.start()
  }

  /** Calls back later, unless the faults have stopped by then: stop() undoes everything itself. */
  #after(delay: number, what: () => void): void {
    this.#world.schedule(
      new Call(() => {
        if (this.#active) what()
      }),
      this.#world.now + delay,
    )
  }
}

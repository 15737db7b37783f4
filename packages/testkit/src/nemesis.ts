// Who causes the faults: at random times, and just after things that are delicate (a new leader, an append of its).
import type { Effects } from '@oarlock/core'
import type { Agenda } from './agenda.ts'
import { LocalEvent } from './arrival.ts'
import type { FaultKind, NemesisProfile } from './fault.ts'
import type { CrashPoint } from './log-writer.ts'
import type { Network } from './network.ts'
import type { SimNode } from './node.ts'
import type { Watcher } from './observer.ts'
import type { Random } from './random.ts'
import { Call, type World } from './world.ts'

const personal: readonly FaultKind[] = ['crash', 'pause', 'isolate', 'mute', 'transfer']
const writeBoundaries: readonly CrashPoint[] = ['beforeWrite', 'duringWrite', 'afterWrite']

/** A clock's rate such that any two of them are within the spread. */
export function drawRate(random: Random, spread: number): number {
  const most = Math.sqrt(1 + spread)
  // The extremes are what breaks things.
  const place = random.chance(0.8) ? random.int(2) : random.next()
  return most ** (2 * place - 1)
}

export class Nemesis implements Watcher {
  readonly #world: World
  readonly #random: Random
  /** When what strikes whom. */
  readonly #times: Random
  /** Of the fault that strikes now. */
  #dice: Random
  readonly #profile: NemesisProfile
  readonly #nodes: readonly SimNode[]
  readonly #network: Network
  readonly #agenda: Agenda
  /** What can strike one node. */
  readonly #personal: readonly FaultKind[]
  #active = true

  constructor(
    world: World,
    random: Random,
    profile: NemesisProfile,
    nodes: readonly SimNode[],
    network: Network,
    agenda: Agenda,
  ) {
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.#nodes = nodes
    this.#network = network
    this.#agenda = agenda
    this.#times = random.split('times')
    this.#dice = random
    this.#personal = profile.faults.filter((kind) => personal.includes(kind))
  }

  start(): void {
    const { faults, gap } = this.#profile
    if (faults.length === 0) return
    const next = (): void => {
      if (!this.#active) return
      this.strike(this.#times.pick(faults), this.#victim())
      this.#after(this.#times.exponential(gap), next)
    }
    this.#after(this.#times.exponential(gap), next)
  }

  /** Ends all faults: everybody is up, awake and connected, and clocks run alike. */
  stop(): void {
    // The last order to hand over may be lost, and its target with it.
    if (this.#profile.faults.includes('transfer')) this.strike('transfer', this.#victim())
    this.#active = false
    this.#network.heal()
    for (const node of this.#nodes) {
      node.disk.slowness = 1
      node.disk.stalls = false
      node.disarm()
      node.drift(1)
      if (!node.up && !node.retired) this.#restart(node)
      node.resume()
    }
  }

  /** Whatever made it crash, it comes back after a while. */
  crashed(node: SimNode): void {
    const { incarnation } = node
    this.#after(this.#random.exponential(this.#profile.downtime), () => {
      if (!node.up && node.incarnation === incarnation) this.#restart(node)
    })
  }

  taken(node: SimNode, { role, persist }: Effects): void {
    if (!this.#active) return
    const { strikesElections, strikesWrite, roundTrip } = this.#profile
    if (persist?.mustSync === true && strikesWrite > 0 && this.#random.chance(strikesWrite)) {
      const boundary = this.#random.pick(writeBoundaries)
      if (this.#agenda.next('fault') !== null) node.crash(boundary)
    }
    if (role === null || strikesElections === 0 || this.#personal.length === 0) return
    if (role.role !== 'leader' && role.role !== 'candidate') return
    if (!this.#random.chance(strikesElections)) return
    const kind = this.#random.pick(this.#personal)
    this.#after(roundTrip * this.#random.logBetween(0.1, 10), () => this.strike(kind, node))
  }

  /** A fault that is left out of the agenda does not happen; each draws from dice of its own, so the others stay as they are. */
  strike(kind: FaultKind, victim: SimNode): void {
    const number = this.#agenda.next('fault')
    if (number === null) return
    this.#dice = this.#random.split(`fault ${number}`)
    if (this.#world.trace !== null) this.#world.log(`— ${kind} (${victim.id}) —`)
    switch (kind) {
      case 'crash':
        return victim.crash(this.#dice.chance(0.5) ? 'now' : this.#dice.pick(writeBoundaries))
      case 'powerCut':
        for (const node of this.#nodes) node.crash()
        return
      case 'pause':
        return this.#pause(victim)
      case 'isolate':
        return this.#cut((from, to) => from === victim || to === victim)
      case 'mute':
        return this.#cut((from) => from === victim)
      case 'link': {
        const other = this.#dice.pick(this.#nodes)
        return this.#cut((from, to) => (from === victim && to === other) || (from === other && to === victim))
      }
      case 'split':
        return this.#split()
      case 'oneWay':
        return this.#oneWay(victim)
      case 'slowLinks':
        return this.#slowLinks(victim)
      case 'slowDisk':
        return this.#slowDisk(victim)
      case 'drift':
        return victim.drift(drawRate(this.#dice, this.#profile.clockSpread))
      case 'transfer':
        return victim.arrive(
          new LocalEvent({
            type: 'transfer',
            to: this.#dice.chance(0.3) ? null : this.#dice.pick(this.#nodes).id,
          }),
        )
      case 'unreachable': {
        const peer = this.#dice.pick(this.#nodes)
        if (peer !== victim) victim.arrive(new LocalEvent({ type: 'peerUnreachable', id: peer.id }))
        return
      }
      case 'campaign':
        for (const node of this.#nodes)
          if (node === victim || this.#dice.chance(0.5)) node.arrive(new LocalEvent({ type: 'campaign' }))
        return
    }
  }

  #victim(): SimNode {
    if (this.#times.chance(this.#profile.aimsAtLeader)) {
      const leaders = this.#nodes.filter((node) => node.up && node.raft.role === 'leader')
      if (leaders.length > 0) return this.#times.pick(leaders)
    }
    return this.#times.pick(this.#nodes)
  }

  #pause(victim: SimNode): void {
    if (!victim.up || victim.paused) return
    victim.pause()
    this.#after(this.#dice.exponential(this.#profile.length), () => victim.resume())
  }

  #split(): void {
    const side = new Set(this.#nodes.filter(() => this.#dice.chance(0.5)))
    this.#cut((from, to) => side.has(from) !== side.has(to))
  }

  #oneWay(victim: SimNode): void {
    const lost = new Set(this.#nodes.filter(() => this.#dice.chance(0.5)))
    if (this.#dice.chance(0.5)) this.#cut((_from, to) => to === victim)
    else this.#cut((from, to) => from === victim && lost.has(to))
  }

  /** Cuts the directed links that `severs` names, for a while. */
  #cut(severs: (from: SimNode, to: SimNode) => boolean): void {
    const links = this.#nodes.flatMap((from) =>
      this.#nodes
        .filter((to) => from !== to && severs(from, to))
        .map((to) => [from.place, to.place] as const),
    )
    for (const [from, to] of links) this.#network.cut(from, to)
    this.#after(this.#dice.exponential(this.#profile.length), () => {
      for (const [from, to] of links) this.#network.mend(from, to)
    })
  }

  #slowLinks(victim: SimNode): void {
    const factor = this.#dice.logBetween(2, 100)
    const links = this.#nodes.filter((node) => node !== victim && this.#dice.chance(0.5))
    const set = (to: number): void => {
      for (const node of links) this.#network.slow(victim.place, node.place, to)
    }
    set(factor)
    this.#after(this.#dice.exponential(this.#profile.length), () => set(1))
  }

  #slowDisk(victim: SimNode): void {
    victim.disk.slowness = this.#dice.logBetween(2, 100)
    this.#after(this.#dice.exponential(this.#profile.length), () => {
      victim.disk.slowness = 1
    })
  }

  #restart(node: SimNode): void {
    // A process's monotonic clock starts anew.
    node.clock.restart(this.#random.between(0, 10_000), this.#world.now)
    node.start()
  }

  /** Later, unless faults have stopped by then: stop() undoes everything itself. */
  #after(delay: number, what: () => void): void {
    this.#world.schedule(
      new Call(() => {
        if (this.#active) what()
      }),
      this.#world.now + delay,
    )
  }
}

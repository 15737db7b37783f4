// What happened in a run, member by member and message by message, for those who draw it or retell it. It watches like a checker
// and asks the world for the rest, so that a run that nobody records pays nothing.
import type { Entry, Envelope, Event, Message, Role } from '@oarlock/core'
import type { Snapshot } from '../machine/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import { describeRequest, describeRole } from '../telling/index.ts'
import type { Checker } from '../world/index.ts'
import type { Simulation } from './simulation.ts'

/** A message on its way. Times are true time, in ms. */
export interface Flight {
  /** Places of nodes. */
  readonly from: number
  readonly to: number
  readonly message: Message
  readonly left: number
  /** When the receiver took it in; null: it has not. */
  arrived: number | null
  /** When it was lost; null: it was not, or is still on its way. */
  lost: number | null
  /** The network made it of another one. */
  readonly copy: boolean
}

export type MarkKind =
  | 'start'
  | 'crash'
  | 'pause'
  | 'resume'
  | 'term'
  | 'role'
  | 'commit'
  | 'applied'
  | 'installed'
  | 'asked'

/** Something that happened at one member. */
export interface Mark {
  readonly at: number
  readonly place: number
  readonly kind: MarkKind
  /** For people: `term 3`, `commit 7`. */
  readonly text: string
  /** What the member was from then on. */
  readonly role: Role
  readonly term: number
}

export interface FaultRecord {
  readonly at: number
  readonly number: number
  readonly kind: string
  readonly victim: string
}

/** How a run ended. */
export interface End {
  /** True time, in ms. */
  readonly simulated: number
  readonly violation: { readonly checker: Checker; readonly message: string } | null
}

/** A directed link that nothing got through for a while. */
export interface Cut {
  readonly from: number
  readonly to: number
  readonly since: number
  until: number | null
}

interface Known {
  role: Role
  term: number
  commit: number
  applied: number
  paused: boolean
}

export class Recording implements Watcher {
  readonly flights: Flight[] = []
  readonly marks: Mark[] = []
  readonly faults: FaultRecord[] = []
  readonly cuts: Cut[] = []
  readonly #simulation: Simulation
  readonly #known: Known[]
  /** By message, because one object goes to several members. */
  readonly #flying: Map<Message, Flight[]> = new Map()
  readonly #cut: (Cut | null)[]
  /** When the links were last looked at. */
  #looked = 0
  /** The member at which something happened last. */
  lastPlace: number | null = null

  constructor(simulation: Simulation) {
    this.#simulation = simulation
    const { nodes, network, agenda, observer } = simulation
    this.#known = nodes.map(() => ({ role: 'follower', term: 0, commit: 0, applied: 0, paused: false }))
    this.#cut = nodes.flatMap(() => nodes.map(() => null))
    network.onLost = (envelope) => this.#lost(envelope)
    agenda.onFault = (number, kind, victim) =>
      this.faults.push({ at: simulation.world.now, number, kind, victim })
    observer.add(this)
  }

  get ids(): readonly string[] {
    return this.#simulation.nodes.map(({ id }) => id)
  }

  started(node: SimNode): void {
    const known = this.#known[node.place]!
    const { term, commit, applied } = node.raft
    Object.assign(known, { role: 'follower', term, commit, applied, paused: false })
    this.#mark(node, 'start', 'starts')
  }

  crashed(node: SimNode): void {
    this.#look()
    this.#mark(node, 'crash', 'crashes')
  }

  stepped(node: SimNode, event: Event): void {
    this.lastPlace = node.place
    this.#look()
    if (event.type === 'receive') this.#received(node.place, event.from, event.message)
    const text = describeRequest(event)
    if (text !== null) this.#mark(node, 'asked', text)
    this.#compare(node)
  }

  taken(node: SimNode): void {
    this.lastPlace = node.place
    this.#compare(node)
  }

  leaving(node: SimNode, { to, message }: Envelope): void {
    if (to === node.id) return
    const flight: Flight = {
      from: node.place,
      to: this.#place(to),
      message,
      left: this.#simulation.world.now,
      arrived: null,
      lost: null,
      copy: false,
    }
    this.flights.push(flight)
    const same = this.#flying.get(message)
    if (same === undefined) this.#flying.set(message, [flight])
    else same.push(flight)
  }

  applied(node: SimNode, entry: Entry): void {
    this.#known[node.place]!.applied = entry.index
    this.#mark(node, 'applied', `applied ${entry.index}`)
  }

  installed(node: SimNode, snapshot: Snapshot): void {
    this.#mark(node, 'installed', `snapshot of ${snapshot.index} installed`)
  }

  #place(id: string): number {
    return this.#simulation.nodes.findIndex((node) => node.id === id)
  }

  #mark({ place }: SimNode, kind: MarkKind, text: string, at: number = this.#simulation.world.now): void {
    const { role, term } = this.#known[place]!
    this.marks.push({ at, place, kind, text, role, term })
  }

  /** What changed in a core. */
  #compare(node: SimNode): void {
    const known = this.#known[node.place]!
    const { role, term, commit } = node.raft
    const changesTerm = term !== known.term
    const changesRole = role !== known.role
    known.role = role
    known.term = term
    if (changesTerm) this.#mark(node, 'term', `term ${term}`)
    if (changesRole) this.#mark(node, 'role', describeRole(role))
    if (commit === known.commit) return
    known.commit = commit
    this.#mark(node, 'commit', `commit ${commit}`)
  }

  /** Looks at what nobody tells: who stands still, and which links are cut. */
  #look(): void {
    const { nodes, network, world } = this.#simulation
    // It was cut, or stopped, by the fault that struck meanwhile.
    const struck = this.faults.at(-1)?.at ?? 0
    const since = struck > this.#looked ? struck : world.now
    this.#looked = world.now
    for (const node of nodes) {
      const known = this.#known[node.place]!
      if (node.up && node.paused !== known.paused) {
        known.paused = node.paused
        if (node.paused) this.#mark(node, 'pause', 'stops', since)
        else this.#mark(node, 'resume', 'goes on')
      }
      for (const { place: to } of nodes) {
        const link = node.place * nodes.length + to
        const open = this.#cut[link]!
        if (network.loses(link) === (open !== null)) continue
        if (open !== null) open.until = world.now
        const cut = open === null ? { from: node.place, to, since, until: null } : null
        this.#cut[link] = cut
        if (cut !== null) this.cuts.push(cut)
      }
    }
  }

  /** The flight that this message came by; what the network shortened has still the same place before its entries. */
  #flightOf(from: number, to: number, message: Message): Flight | undefined {
    const ofLink = (flight: Flight): boolean => flight.from === from && flight.to === to
    const exact = this.#flying.get(message)?.filter(ofLink)
    if (exact !== undefined && exact.length > 0)
      return exact.find(({ arrived, lost }) => arrived === null && lost === null) ?? exact[0]
    if (message.type !== 'append') return undefined
    return this.flights.findLast(
      (flight) =>
        ofLink(flight) &&
        flight.arrived === null &&
        flight.message.type === 'append' &&
        flight.message.prev === message.prev,
    )
  }

  #received(to: number, sender: string, message: Message): void {
    const { now } = this.#simulation.world
    const from = this.#place(sender)
    const flight = from === to ? undefined : this.#flightOf(from, to, message)
    if (flight === undefined) return
    if (flight.arrived === null && flight.lost === null) flight.arrived = now
    else this.flights.push({ ...flight, arrived: now, lost: null, copy: true })
  }

  #lost({ from, to, message }: Envelope): void {
    const flight = this.#flightOf(this.#place(from), this.#place(to), message)
    if (flight !== undefined && flight.arrived === null) flight.lost = this.#simulation.world.now
  }
}

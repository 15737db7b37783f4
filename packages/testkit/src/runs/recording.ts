// Records what happens in a run, member by member and message by message, to be drawn and told. A recording
// watches like a checker and asks the world for the rest, so a run that is not recorded pays nothing.
import type { Entry, EntryId, Envelope, Event, Message, Role } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import {
  type Cut,
  describeRequest,
  describeRole,
  type FaultRecord,
  type Flight,
  type Mark,
  type MarkKind,
  type Recorded,
} from '../telling/index.ts'
import type { Simulation } from './simulation.ts'

interface Known {
  role: Role
  term: number
  commit: number
  applied: number
  paused: boolean
}

export class Recording implements Watcher, Recorded {
  readonly flights: Flight[] = []
  readonly marks: Mark[] = []
  readonly faults: FaultRecord[] = []
  readonly cuts: Cut[] = []
  readonly #simulation: Simulation
  readonly #known: Known[]
  /** By message, since one object goes to several members. */
  readonly #flying: Map<Message, Flight[]> = new Map()
  readonly #cut: (Cut | null)[]
  /** When the links were last checked. */
  #looked = 0
  /** The member of the last event. */
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

  installed(node: SimNode, { index }: EntryId): void {
    this.#mark(node, 'installed', `snapshot of ${index} installed`)
  }

  #place(id: string): number {
    return this.#simulation.nodes.findIndex((node) => node.id === id)
  }

  #mark({ place }: SimNode, kind: MarkKind, text: string, at: number = this.#simulation.world.now): void {
    const { role, term } = this.#known[place]!
    this.marks.push({ at, place, kind, text, role, term })
  }

  /** Marks what changed in a core. */
  #compare(node: SimNode): void {
    const known = this.#known[node.place]!
    const { role, term, commit } = node.raft
    const changesTerm = term !== known.term
    const changesRole = role !== known.role
    known.role = role
    known.term = term
    if (changesTerm) this.#mark(node, 'term', `term ${term}`)
    if (changesRole) this.#mark(node, 'role', describeRole(role, term))
    if (commit === known.commit) return
    known.commit = commit
    this.#mark(node, 'commit', `commit ${commit}`)
  }

  /** Looks for what no hook reports: which members are stopped, and which links are cut. */
  #look(): void {
    const { nodes, network, world } = this.#simulation
    // The fault since the last look has done it.
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

  /** The flight of this message. An append that the network shortened still follows the same entry. */
  #flightOf(from: number, to: number, message: Message): Flight | undefined {
    const ofLink = (flight: Flight): boolean => flight.from === from && flight.to === to
    const exact = this.#flying.get(message)?.filter(ofLink)
    if (exact !== undefined && exact.length > 0)
      return exact.find(({ arrived, lost }) => arrived === null && lost === null) ?? exact[0]
    // The bytes of a snapshot travel instead of the message, and the receiver's runtime makes another one.
    if (message.type === 'snapshot')
      return this.flights.findLast((flight) => ofLink(flight) && flight.message.type === 'snapshot')
    if (message.type === 'append')
      return this.flights.findLast(
        (flight) =>
          ofLink(flight) &&
          flight.arrived === null &&
          flight.lost === null &&
          flight.message.type === 'append' &&
          flight.message.prev === message.prev,
      )
    // A leader writes its time into the commands before its core takes them in.
    if (message.type !== 'propose') return undefined
    const [first] = message.entries
    const same = this.flights.filter(
      (flight) =>
        ofLink(flight) &&
        flight.message.type === 'propose' &&
        flight.message.request === message.request &&
        flight.message.entries.length === message.entries.length &&
        flight.message.entries[0]?.data.length === first?.data.length,
    )
    return (
      same.find(({ arrived, lost }) => arrived === null && lost === null) ??
      same.find(({ lost }) => lost === null)
    )
  }

  #received(to: number, sender: string, message: Message): void {
    const { now } = this.#simulation.world
    const from = this.#place(sender)
    if (from === to) return
    const flight = this.#flightOf(from, to, message)
    // A core sends no message with a snapshot that a member without state has asked for.
    if (flight === undefined && message.type === 'snapshot')
      this.flights.push({ from, to, message, left: now, arrived: now, lost: null, copy: true })
    if (flight === undefined) return
    if (flight.arrived === null && flight.lost === null) flight.arrived = now
    else this.flights.push({ ...flight, arrived: now, lost: null, copy: true })
  }

  #lost({ from, to, message }: Envelope): void {
    const { now } = this.#simulation.world
    const [sender, receiver] = [this.#place(from), this.#place(to)]
    // The same message may be under way already, and the one that leaves now is lost.
    const leaving = this.#flying
      .get(message)
      ?.findLast((flight) => flight.from === sender && flight.to === receiver && flight.left === now)
    const flight = leaving ?? this.#flightOf(sender, receiver, message)
    if (flight !== undefined && flight.arrived === null) flight.lost = now
  }
}

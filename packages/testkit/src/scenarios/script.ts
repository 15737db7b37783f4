// A scripted cluster: no chance, no faults but those of the script, and no member stands for election unless
// told to. It is for events that need a certain order, which random runs find slowly. Scenario files
// (scenarios/) are written in its terms.
import {
  type Entry,
  type Envelope,
  type Event,
  index,
  type MembershipChange,
  type MessageType,
  type NodeId,
  term,
} from '@oarlock/core'
import type { Consistency } from '@oarlock/runtime'
import { LocalEvent, type SimNode } from '../member/index.ts'
import { Simulation } from '../runs/index.ts'
import { Violation } from '../world/index.ts'
import { type CalmOptions, calm, NoChance } from './no-chance.ts'

export interface ScriptOptions extends CalmOptions {
  /** Only outcomes are checked, not their preconditions, as in hunts for mutants. */
  readonly outcomes?: boolean
  /** Called before anything happens (see {@link Simulation}). */
  readonly watch?: ((simulation: Simulation) => void) | undefined
}

/** How long an awaited event may take, in ms. */
const PATIENCE = 1000

/** Membership changes are numbered from here; writes are numbered from 1. */
export const FIRST_CHANGE: number = 2 ** 40

interface Hold {
  /** Deliver the message, and hold back a duplicate. */
  readonly copies: boolean
  readonly type: MessageType
  readonly from: NodeId
  readonly to: NodeId
}

export class Script {
  readonly simulation: Simulation
  /** Members that stand by themselves after this many ms without a leader. Others never do. */
  readonly #patience: Map<NodeId, number> = new Map()
  /** Directed links that are cut. */
  readonly #cuts: Set<string> = new Set()
  readonly #holds: Hold[] = []
  #held: Envelope[] = []
  #changes = FIRST_CHANGE

  constructor(options: ScriptOptions) {
    const { outcomes = false, watch } = options
    const random = new NoChance(0)
    this.simulation = new Simulation(calm(random, options), random, {
      early: !outcomes,
      dangers: !outcomes,
      ...(watch === undefined ? {} : { watch }),
    })
    const { observer, network } = this.simulation
    observer.add({
      started: (node) => this.#setPatience(node),
      stepped: (node) => this.#setPatience(node),
    })
    const send = network.send.bind(network)
    network.send = (envelope) => {
      const hold = this.#holds.find((each) => keepsBack(each, envelope))
      if (hold !== undefined) this.#held.push(envelope)
      if (hold?.copies === true) this.#holds.splice(this.#holds.indexOf(hold), 1)
      if (hold === undefined || hold.copies) send(envelope)
    }
    this.simulation.start()
  }

  node(id: NodeId): SimNode {
    return this.simulation.nodes.find((node) => node.id === id)!
  }

  step(id: NodeId, event: Event): void {
    this.node(id).arrive(new LocalEvent(event))
  }

  // Time.

  /** Lets time pass until the condition holds. It is a violation if that takes long. */
  until(what: string, reached: () => boolean): void {
    const { world } = this.simulation
    const end = world.now + PATIENCE
    while (!reached())
      if (!world.step(end) && !reached())
        throw new Violation('HEAL', `within ${PATIENCE} ms it did not happen that ${what}`)
  }

  pass(ms: number): void {
    const { world } = this.simulation
    const end = world.now + ms
    while (world.step(end));
  }

  // Links.

  /** From now on every message from one node to the others is lost. */
  mute(from: NodeId, ...to: readonly NodeId[]): void {
    for (const id of to) {
      if (id === from || this.#cuts.has(`${from} ${id}`)) continue
      this.#cuts.add(`${from} ${id}`)
      this.simulation.network.cut(this.node(from).place, this.node(id).place)
    }
  }

  unmute(from: NodeId, ...to: readonly NodeId[]): void {
    for (const id of to)
      if (this.#cuts.delete(`${from} ${id}`))
        this.simulation.network.mend(this.node(from).place, this.node(id).place)
  }

  /** Messages of this kind, or a copy of the next one, wait until they are released. */
  hold(type: MessageType, from: NodeId, to: NodeId, copies = false): void {
    this.#holds.push({ type, from, to, copies })
  }

  /** Delivers held messages, oldest first, even over cut links, and holds back no more. */
  release(): void {
    this.#holds.length = 0
    const held = this.#held
    this.#held = []
    for (const { from, to, message } of held) this.step(to, { type: 'receive', from, message })
  }

  // Members.

  /** A member starts with this on its disk. */
  onDisk(id: NodeId, entries: readonly { index: number; term: number }[], inTerm: number): void {
    const node = this.node(id)
    node.crash()
    const { disk } = node
    const written: Entry[] = entries.map((entry) => ({
      index: index(entry.index),
      term: term(entry.term),
      type: 'normal',
      data: new Uint8Array(0),
    }))
    disk.hardState = { ...disk.hardState, term: term(inTerm), vote: null, commit: index(0) }
    disk.durableHardState = disk.hardState
    disk.log.append(written)
    disk.durableLog.append(written)
    node.start()
  }

  #setPatience({ id, raft }: SimNode): void {
    raft.setRandomizedElectionTimeout(this.#patience.get(id) ?? Number.POSITIVE_INFINITY)
  }

  waits(id: NodeId, ms: number): void {
    this.#patience.set(id, ms)
    const node = this.node(id)
    this.#setPatience(node)
    node.wake()
  }

  /** From now on each of its writes takes this long. */
  writesTake(id: NodeId, ms: number): void {
    const { disk } = this.node(id)
    disk.slowness = ms / WRITE
  }

  campaign(id: NodeId): void {
    this.step(id, { type: 'campaign' })
  }

  elect(id: NodeId): void {
    this.campaign(id)
    this.until(`${id} leads`, () => this.node(id).raft.role === 'leader')
  }

  /** Returns the number of the write. */
  propose(id: NodeId, count = 1): number {
    const { workload } = this.simulation
    workload.propose(this.node(id), count)
    return workload.writes.length
  }

  change(id: NodeId, change: MembershipChange): void {
    const expected = this.node(id).raft.inspect().configurationIndex
    this.step(id, { type: 'reconfigure', request: this.#changes++, change, expected })
  }

  read(id: NodeId, consistency: Consistency): void {
    this.simulation.reads.read(this.node(id), consistency)
  }

  /** Takes a snapshot of everything applied, and cuts the log there. */
  compact(id: NodeId): void {
    const node = this.node(id)
    const { index } = node.machine
    if (node.log.termAt(index) === undefined || node.log.start.index === index)
      throw new RangeError(`${id} has nothing to take a snapshot of`)
    node.arrive({ enter: () => node.replica.snapshot(() => {}) })
    this.until(`${id} has its snapshot`, () => node.log.start.index === index)
  }
}

/** The time of a write if every draw is the least (disk.ts). */
const WRITE = 0.05

const keepsBack = (hold: Hold, { from, to, message }: Envelope): boolean =>
  hold.type === message.type && hold.from === from && hold.to === to

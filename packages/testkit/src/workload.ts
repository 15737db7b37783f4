// The clients: they propose values that are all different, and remember what they were told of each.
import {
  type Entry,
  type EntryId,
  type Envelope,
  type Index,
  index,
  type Payload,
  type ProposalOutcome,
} from '@oarlock/core'
import type { Agenda } from './agenda.ts'
import { LocalEvent } from './arrival.ts'
import type { CommittedLog } from './committed.ts'
import type { History } from './history.ts'
import type { SimNode } from './node.ts'
import type { Watcher } from './observer.ts'
import type { Random } from './random.ts'
import type { Snapshot } from './snapshot.ts'
import { Violation } from './violation.ts'
import { Call, type World } from './world.ts'

export interface WorkloadProfile {
  /** Between two proposals, in ms, on the average. */
  readonly gap: number
  /** The share that goes to a node that leads, or believes so; the rest goes to anybody. */
  readonly toLeader: number
  /** Bytes of a value beyond its number, at most. */
  readonly padding: number
  /** The share of proposals that are of several entries. */
  readonly batches: number
}

/** A proposal and what became of it. */
export interface Write {
  /** Counted from 1; the request's number, too. */
  readonly id: number
  readonly node: SimNode
  /** Of the node when it proposed: after a restart nobody waits any more. */
  readonly incarnation: number
  /** What had been seen when it was proposed: see history.ts. */
  readonly called: Index
  /** How many entries; all hold the write's number. */
  readonly count: number
  /** Where the first entry was appended, once known. */
  at: EntryId | null
  /** Its proposer has seen it applied. */
  acknowledged: boolean
  refused: boolean
  reason: string | null
  /** The network copied it, so it may be refused once and appended once. */
  duplicated: boolean
}

/** The number of the write that an entry is of; 0 for a leader's no-op. */
export function writeOf({ data }: Pick<Entry, 'data'>): number {
  return data.length < 4 ? 0 : ((data[0]! << 24) | (data[1]! << 16) | (data[2]! << 8) | data[3]!) >>> 0
}

const leads = (node: SimNode): boolean => node.up && node.raft.role === 'leader'

export class Workload implements Watcher {
  /** `writes[i]` has id i + 1. */
  readonly writes: Write[] = []
  acknowledged = 0
  readonly #world: World
  readonly #random: Random
  readonly #times: Random
  readonly #profile: WorkloadProfile
  readonly #nodes: readonly SimNode[]
  readonly #committed: CommittedLog
  readonly #history: History
  readonly #agenda: Agenda
  /** Per node: writes that wait to be applied, by the index of their last entry. */
  readonly #waiting: Map<number, Write>[]
  #open = true

  constructor(
    world: World,
    random: Random,
    profile: WorkloadProfile,
    nodes: readonly SimNode[],
    committed: CommittedLog,
    history: History,
    agenda: Agenda,
  ) {
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.#nodes = nodes
    this.#committed = committed
    this.#history = history
    this.#agenda = agenda
    this.#times = random.split('times')
    this.#waiting = nodes.map(() => new Map())
  }

  /** Proposes now and then until {@link stop}. */
  start(): void {
    const next = (): void => {
      if (!this.#open) return
      const { toLeader, batches } = this.#profile
      const leaders = this.#times.chance(toLeader) ? this.#nodes.filter(leads) : []
      const to = this.#times.pick(leaders.length > 0 ? leaders : this.#nodes)
      const count = this.#times.chance(batches) ? 2 + this.#times.int(4) : 1
      if (this.#agenda.next('write') !== null) this.propose(to, count)
      this.#world.schedule(new Call(next), this.#world.now + this.#times.exponential(this.#profile.gap))
    }
    this.#world.schedule(new Call(next), this.#world.now + this.#times.exponential(this.#profile.gap))
  }

  stop(): void {
    this.#open = false
  }

  /** The running node that leads the latest term, or null. */
  leader(): SimNode | null {
    let found: SimNode | null = null
    for (const node of this.#nodes)
      if (leads(node) && (found === null || node.raft.term > found.raft.term)) found = node
    return found
  }

  propose(node: SimNode, count = 1): void {
    if (!node.up) return
    const id = this.writes.length + 1
    this.writes.push({
      id,
      node,
      incarnation: node.incarnation,
      called: this.#history.called(),
      count,
      at: null,
      acknowledged: false,
      refused: false,
      reason: null,
      duplicated: false,
    })
    const entries = Array.from({ length: count }, () => this.#payload(id))
    node.arrive(new LocalEvent({ type: 'propose', request: id, entries }))
  }

  #payload(id: number): Payload {
    const data = new Uint8Array(4 + this.#random.int(this.#profile.padding + 1))
    data[0] = id >>> 24
    data[1] = id >>> 16
    data[2] = id >>> 8
    data[3] = id
    return { type: 'normal', data }
  }

  started(node: SimNode): void {
    this.#waiting[node.place]!.clear()
  }

  answered(node: SimNode, { request, at, reason }: ProposalOutcome): void {
    const write = this.writes[request - 1]
    if (write === undefined) return // a change of the membership
    // The first answer counts; the second is that of a copy.
    if (write.incarnation !== node.incarnation || write.at !== null || write.refused) return
    if (at === null) {
      write.refused = true
      write.reason = reason
      return
    }
    write.at = at
    const last = at.index + write.count - 1
    if (last <= node.machine.index) return this.#settle(write)
    const waiting = this.#waiting[node.place]!
    const other = waiting.get(last)
    if (other === undefined || other.at!.term < at.term) waiting.set(last, write)
  }

  applied(node: SimNode, entry: Entry): void {
    const waiting = this.#waiting[node.place]!
    const write = waiting.get(entry.index)
    if (write === undefined) return
    waiting.delete(entry.index)
    this.#settle(write)
  }

  /** What a snapshot stands for went by unseen: whoever waited for it does not learn what became of it. */
  installed(node: SimNode, snapshot: Snapshot): void {
    const waiting = this.#waiting[node.place]!
    for (const last of waiting.keys()) if (last <= snapshot.index) waiting.delete(last)
  }

  /** Everything up to the write's place is applied: it is there, or lost. */
  #settle(write: Write): void {
    const at = write.at!
    for (let i = 0; i < write.count; i++) {
      // Applied, so committed; the node's own log may be compacted by now.
      const entry = this.#committed.entries[at.index - 1 + i]
      if (entry === undefined || entry.term !== at.term) return
      if (writeOf(entry) !== write.id)
        throw new Violation(
          'DUR',
          `write #${write.id} was to be at ${index(at.index + i)}@${at.term}; write #${writeOf(entry)} is`,
        )
    }
    write.acknowledged = true
    this.#history.wrote(`write #${write.id}`, write.called, at.index, index(at.index + write.count - 1))
    this.acknowledged++
  }

  /** The network made a copy of a message. */
  duplicated({ message }: Envelope): void {
    if (message.type !== 'propose' || message.request === null) return
    const write = this.writes[message.request - 1]
    if (write !== undefined) write.duplicated = true
  }
}

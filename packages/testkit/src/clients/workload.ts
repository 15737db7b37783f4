// The clients: they propose values that are all different, and remember what they were told of each. Most never repeat what was
// not answered; those with a session do (sessions.ts).
import { type Entry, type Envelope, type Index, index, type ProposalOutcome } from '@oarlock/core'
import { placeToAskIn } from '../hardware/index.ts'
import { type Application, json, payloadOf, type Snapshot, sameBytes, writeOf } from '../machine/index.ts'
import { LocalEvent, type SimNode, type Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { type Agenda, Call, type Random, Violation, type World } from '../world/index.ts'
import type { History } from './history.ts'
import { nameOf, type Operation, type SessionProfile, Sessions } from './sessions.ts'
import type { Write } from './write.ts'

export interface WorkloadProfile {
  /** Between two proposals, in ms, on the average. */
  readonly gap: number
  /** The least of it: more often, and even a healthy cluster may not keep up. In ms. */
  readonly leastGap: number
  /** The share that goes to a node that leads, or believes so; the rest goes to anybody. */
  readonly toLeader: number
  /** Bytes of a value beyond its number, at most. */
  readonly padding: number
  /** The share of proposals that are of several entries. */
  readonly batches: number
  /** Of the clients that repeat what was not answered. */
  readonly sessions: SessionProfile
}

/** What clients propose, and how. */
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
  /** What they propose commands for; null: bytes without a meaning. */
  readonly #application: Application | null
  readonly sessions: Sessions
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
    application: Application | null = null,
  ) {
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.#nodes = nodes
    this.#committed = committed
    this.#history = history
    this.#agenda = agenda
    this.#times = random.split('times')
    this.#application = application
    this.sessions = new Sessions(world, random.split('sessions'), profile.sessions, nodes, this)
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
      if (this.#agenda.next('write') !== null) this.#write(to, count)
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

  #write(to: SimNode, count: number): void {
    const begun = to.up && this.sessions.begin(() => this.#command(), this.#history.called(), to)
    if (!begun) this.propose(to, count)
  }

  /** Proposes `count` new commands as one. Null: nobody is there to ask. */
  propose(node: SimNode, count = 1): Write | null {
    const commands = Array.from({ length: count }, () => this.#command())
    return this.#send(node, commands, this.#history.called(), null)
  }

  /** Proposes a command of a session, for the first time or again. */
  ask(node: SimNode, operation: Operation): Write | null {
    return this.#send(node, [operation.command], operation.called, operation)
  }

  /** Null: nobody is there to ask. */
  #send(
    node: SimNode,
    commands: readonly Uint8Array[],
    called: Index,
    operation: Operation | null,
  ): Write | null {
    if (!node.up) return null
    const id = this.writes.length + 1
    const place = operation === null ? null : placeToAskIn(operation.place)
    const entries = commands.map((command) => payloadOf(id, place, command))
    const write: Write = {
      id,
      node,
      incarnation: node.incarnation,
      called,
      count: commands.length,
      entries,
      operation,
      at: null,
      acknowledged: false,
      refused: false,
      lost: false,
      passed: false,
      reason: null,
      duplicated: false,
    }
    this.writes.push(write)
    node.arrive(new LocalEvent({ type: 'propose', request: id, entries }))
    return write
  }

  #command(): Uint8Array {
    const application = this.#application
    if (application === null) return new Uint8Array(this.#random.int(this.#profile.padding + 1))
    return (application.codec ?? json).encode(application.commands(this.#random))
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
      if (write.operation !== null) this.sessions.refused(write)
      return
    }
    write.at = at
    const last = at.index + write.count - 1
    if (last <= node.machine.index) return this.#settle(write)
    const waiting = this.#waiting[node.place]!
    const other = waiting.get(last)
    if (other === undefined || other.at!.term < at.term) {
      if (other !== undefined) other.lost = true
      waiting.set(last, write)
    } else write.lost = true
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
    for (const [last, write] of waiting) {
      if (last > snapshot.index) continue
      write.passed = true
      waiting.delete(last)
    }
  }

  /** Everything up to the write's place is applied: it is there, or lost. */
  #settle(write: Write): void {
    const at = write.at!
    for (let i = 0; i < write.count; i++) {
      // Applied, so committed; the node's own log may be compacted by now.
      const entry = this.#committed.entries[at.index - 1 + i]
      if (entry === undefined || entry.term !== at.term) {
        write.lost = true
        return
      }
      if (writeOf(entry) !== write.id || !sameBytes(entry.data, write.entries[i]!.data))
        throw new Violation(
          'DUR',
          `write #${write.id} was to be at ${index(at.index + i)}@${at.term}; write #${writeOf(entry)} is`,
        )
    }
    write.acknowledged = true
    this.acknowledged++
    if (write.operation !== null) return this.#answer(write, write.operation, at.index)
    this.#history.wrote(`write #${write.id}`, write.called, at.index, index(at.index + write.count - 1))
  }

  /** Its command took effect where it was applied first. */
  #answer({ id }: Write, operation: Operation, at: Index): void {
    const isFirst = this.sessions.answered(operation, this.#committed.results[at - 1])
    const { called, effect } = operation
    const took = effect ?? at
    if (isFirst) this.#history.wrote(`${nameOf(operation)}, asked for by write #${id},`, called, took, took)
  }

  /** The network made a copy of a message. */
  duplicated({ message }: Envelope): void {
    if (message.type !== 'propose' || message.request === null) return
    const write = this.writes[message.request - 1]
    if (write !== undefined) write.duplicated = true
  }
}

// The clients. They propose values that are all different, to the runtime of some member, and remember the
// outcomes. Most never repeat an unanswered proposal; clients with a session do (sessions.ts).
import { type Envelope, type Index, index } from '@oarlock/core'
import { bytesOf, type OarlockError } from '@oarlock/runtime'
import {
  type Application,
  canonical,
  difference,
  json,
  proposalOf,
  sameBytes,
  writeOf,
} from '../machine/index.ts'
import type { SimNode } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { type Agenda, Call, type Random, Violation, type World } from '../world/index.ts'
import type { History } from './history.ts'
import { nameOf, type Operation, placeToAskIn } from './operation.ts'
import { type SessionProfile, Sessions } from './sessions.ts'
import type { Write } from './write.ts'

export interface WorkloadProfile {
  /** The mean time between two proposals, in ms. */
  readonly gap: number
  /** The least mean time with which a healthy cluster can keep up, in ms. */
  readonly leastGap: number
  /** The share of proposals at a node that leads or believes so. The rest goes to any node. */
  readonly toLeader: number
  /** The most bytes of a value beyond its number. */
  readonly padding: number
  /** The share of proposals that are made as a batch. */
  readonly batches: number
  /** The clients that repeat unanswered requests. */
  readonly sessions: SessionProfile
}

const leads = (node: SimNode): boolean => node.up && node.raft.role === 'leader'

export class Workload {
  /** `writes[i]` has id i + 1. */
  readonly writes: Write[] = []
  acknowledged = 0
  /** Called when a write has ended, for the narrator. */
  onEnd: (write: Write) => void = () => {}
  readonly sessions: Sessions
  readonly #world: World
  readonly #random: Random
  readonly #times: Random
  readonly #profile: WorkloadProfile
  readonly #nodes: readonly SimNode[]
  readonly #committed: CommittedLog
  readonly #history: History
  readonly #agenda: Agenda
  /** The application of their commands. Null: commands are bytes without a meaning. */
  readonly #application: Application | null
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
  }

  /** Proposes at random times until {@link stop}. */
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

  /** Proposes `count` new commands at once. Returns the first write, or null if the node is down. */
  propose(node: SimNode, count = 1): Write | null {
    const called = this.#history.called()
    const writes = Array.from({ length: count }, () => this.#send(node, this.#command(), called, null))
    return writes[0]!
  }

  /** Proposes a command of a session, for the first time or again. */
  ask(node: SimNode, operation: Operation): Write | null {
    return this.#send(node, operation.command, operation.called, operation)
  }

  /** Null if the node is down. */
  #send(node: SimNode, command: Uint8Array, called: Index, operation: Operation | null): Write | null {
    if (!node.up) return null
    const id = this.writes.length + 1
    const write: Write = {
      id,
      node,
      life: node.life,
      called,
      command: proposalOf(id, operation === null ? null : placeToAskIn(operation.place), command),
      operation,
      since: null,
      outcome: 'pending',
      at: null,
      reason: null,
      duplicated: false,
    }
    this.writes.push(write)
    const taken = (): void => {
      write.since = node.loop.now()
    }
    node.propose(write.command, taken, {
      resolve: (result) => this.#acknowledge(write, result),
      reject: (error) => this.#fail(write, error),
    })
    return write
  }

  #command(): Uint8Array {
    const application = this.#application
    if (application === null) return new Uint8Array(this.#random.int(this.#profile.padding + 1))
    return (application.codec ?? json).encode(application.commands(this.#random))
  }

  /** The runtime reports that the write is applied, with this result. */
  #acknowledge(write: Write, result: unknown): void {
    const { id, node } = write
    this.#end(write, 'acknowledged')
    // The runtime returns the result as soon as its state machine has applied the command.
    const at = node.machine.index
    const entry = this.#committed.entries[at - 1]
    if (entry === undefined || writeOf(entry) !== id || !sameBytes(bytesOf(entry.data), write.command))
      throw this.#violation(
        'DUR',
        `write #${id} is reported as applied at ${at}, but write #${entry === undefined ? 0 : writeOf(entry)} is there`,
      )
    const expected = this.#committed.results[at - 1]
    if (result !== expected) {
      const [own, one] = [canonical(result), canonical(expected)]
      if (own !== one)
        throw this.#violation(
          'MODEL',
          `write #${id} has another result than the command at ${at}: ${difference(own, one)}`,
        )
    }
    write.at = { index: index(at), term: entry.term }
    this.acknowledged++
    this.onEnd(write)
    if (write.operation !== null) return this.#answer(write, write.operation, at)
    this.#history.wrote(`write #${id}`, write.called, at, at)
  }

  /** A session's command is acknowledged. It took effect where it was first applied. */
  #answer({ id }: Write, operation: Operation, at: Index): void {
    const isFirst = this.sessions.answered(operation, this.#committed.results[at - 1])
    const { called, effect } = operation
    const took = effect ?? at
    if (isFirst) this.#history.wrote(`${nameOf(operation)}, requested by write #${id},`, called, took, took)
  }

  #fail(write: Write, error: OarlockError): void {
    this.#end(write, error.outcome === 'unknown' ? 'unknown' : 'refused')
    write.reason = error.code
    this.onEnd(write)
    if (write.operation !== null) this.sessions.failed(write)
  }

  #end(write: Write, outcome: Write['outcome']): void {
    if (write.outcome !== 'pending')
      throw this.#violation(
        'OUTCOME',
        `write #${write.id} is reported as ${outcome}, but was ${write.outcome} before`,
      )
    write.outcome = outcome
  }

  /** Records a violation that is thrown into the runtime, which must not hide it. */
  #violation(...[checker, message]: ConstructorParameters<typeof Violation>): Violation {
    const violation = new Violation(checker, message)
    this.#world.failure ??= { error: violation }
    return violation
  }

  /** The network made a copy of a message. */
  duplicated({ message }: Envelope): void {
    if (message.type !== 'propose') return
    for (const payload of message.entries) {
      const write = this.writes[writeOf(payload) - 1]
      if (write !== undefined) write.duplicated = true
    }
  }
}

// The clients. They propose values that are all different, to the runtime of some member, and remember the
// outcomes. Most never repeat an unanswered proposal; clients with a session do (sessions.ts).
import { type Envelope, type Index, index, type Millis } from '@oarlock/core'
import {
  type Answer,
  type OarlockError,
  type ReplicaSession,
  SessionExpiredError,
  type SessionOutcome,
} from '@oarlock/runtime'
import {
  type Application,
  canonical,
  difference,
  isCommand,
  isInSession,
  json,
  proposalOf,
  proposedIn,
  sameBytes,
  writeOf,
} from '../machine/index.ts'
import type { SimNode } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { type Agenda, Call, type Random, Violation, type World } from '../world/index.ts'
import type { History } from './history.ts'
import { type Operation, placeToAskIn } from './operation.ts'
import type { Requests } from './requests.ts'
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

export class Workload implements Requests {
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
    const writes = Array.from({ length: count }, () => this.#send(node, this.#command(), called))
    return writes[0]!
  }

  #send(node: SimNode, command: Uint8Array, called: Index): Write | null {
    if (!node.up) return null
    const write = this.#newWrite(node, command, called, null)
    node.request(this.#taken(write), (replica) =>
      replica.propose(write.command, undefined, {
        resolve: (result) => this.#acknowledge(write, result),
        reject: (error) => this.#fail(write, error),
      }),
    )
    return write
  }

  #newWrite(node: SimNode, command: Uint8Array, called: Index, operation: Operation | null): Write {
    const id = this.writes.length + 1
    const write: Write = {
      id,
      node,
      life: node.life,
      called,
      command: proposalOf(id, command),
      operation,
      since: null,
      outcome: 'pending',
      at: null,
      reason: null,
      duplicated: false,
    }
    this.writes.push(write)
    return write
  }

  #taken(write: Write): () => void {
    return () => {
      write.since = write.node.loop.now()
    }
  }

  // In sessions.

  open(node: SimNode, timeout: Millis, opened: (session: ReplicaSession | null) => void): void {
    node.request(
      () => {},
      (replica) => replica.openSession(timeout, undefined, { resolve: opened, reject: () => opened(null) }),
    )
  }

  ask(node: SimNode, session: number, number: number, operation: Operation): Write | null {
    if (!node.up) return null
    const write = this.#newWrite(node, operation.command, operation.called, operation)
    const place = placeToAskIn({ session, number, acknowledged: number })
    node.request(this.#taken(write), (replica) => {
      const reject = (error: OarlockError): void => this.#fail(write, error)
      if (place === null)
        replica.propose(write.command, undefined, { resolve: () => this.#end(write, 'unknown'), reject })
      else
        replica.proposeInSession(place, write.command, undefined, {
          resolve: (outcome) => this.#settle(write, outcome),
          reject,
        })
    })
    return write
  }

  /** A session command has an outcome: an answer, or it was refused. */
  #settle(write: Write, outcome: SessionOutcome): void {
    if ('answer' in outcome) return this.#acknowledge(write, answerIn(outcome.answer))
    // A late request may find that its client has its answer, and has gone on.
    if (outcome.refused !== 'expired' && !write.operation!.over)
      throw this.#violation('ONCE', `write #${write.id} is refused in its session: ${outcome.refused}`)
    // An earlier request of the operation may have taken effect.
    this.#end(write, 'unknown')
    write.reason = outcome.refused
    this.onEnd(write)
    this.sessions.failed(write, 'by the session')
  }

  submitTo(
    node: SimNode,
    session: ReplicaSession,
    operation: Operation,
    ended: (isGone: boolean) => void,
  ): void {
    const write = this.#newWrite(node, operation.command, operation.called, operation)
    node.request(this.#taken(write), () =>
      session.propose(write.command, undefined, {
        resolve: (result) => {
          this.#acknowledge(write, result === null ? undefined : textOf(result))
          ended(false)
        },
        reject: (error) => {
          this.#fail(write, error)
          ended(error instanceof SessionExpiredError)
        },
      }),
    )
  }

  #command(): Uint8Array {
    const application = this.#application
    if (application === null) return new Uint8Array(this.#random.int(this.#profile.padding + 1))
    return (application.codec ?? json).encode(application.commands(this.#random))
  }

  /** The runtime reports that the write is applied, with this result. */
  #acknowledge(write: Write, result: unknown): void {
    const { id, node, operation } = write
    this.#end(write, 'acknowledged')
    const at = operation === null ? node.machine.index : this.#passedTo(node, id)
    const entry = this.#committed.entries[at - 1]
    if (entry === undefined || writeOf(entry) !== id || !sameBytes(proposedIn(entry), write.command))
      throw this.#violation(
        'DUR',
        `write #${id} is reported as applied at ${at}, but write #${entry === undefined ? 0 : writeOf(entry)} is there`,
      )
    write.at = { index: index(at), term: entry.term }
    this.acknowledged++
    this.onEnd(write)
    if (operation !== null) return this.#answer(write, operation, at, result)
    const expected = this.#committed.results[at - 1]
    if (result !== expected) {
      const [own, one] = [canonical(result), canonical(expected)]
      if (own !== one)
        throw this.#violation(
          'MODEL',
          `write #${id} has another result than the command at ${at}: ${difference(own, one)}`,
        )
    }
    this.#history.wrote(`write #${id}`, write.called, at, at)
  }

  /**
   * The runtime returns the result as soon as it has applied the entry. The state machine does not see one that
   * is repeated in its session, and is still at the last one that it has seen.
   */
  #passedTo({ machine }: SimNode, write: number): Index {
    const { entries } = this.#committed
    for (let at = machine.index; at <= entries.length; at = index(at + 1)) {
      const entry = entries[at - 1]
      if (entry === undefined) continue
      if (writeOf(entry) === write) return at
      if (at > machine.index && isCommand(entry) && !isInSession(entry)) break
    }
    return machine.index
  }

  /** A session's command is acknowledged, now or again. It took effect where it was first applied. */
  #answer({ id }: Write, operation: Operation, at: Index, answer: unknown): void {
    const { called, name } = operation
    const took = operation.effect ?? at
    const expected = this.#committed.results[took - 1]
    const text = expected === undefined ? undefined : canonical(expected)
    if (answer !== undefined && answer !== text)
      throw this.#violation(
        'ONCE',
        `${name}, which took effect at ${took}, has another answer: ${difference(String(answer), String(text))}`,
      )
    if (operation.over) return
    operation.over = true
    this.#history.wrote(`${name}, requested by write #${id},`, called, took, took)
  }

  #fail(write: Write, error: OarlockError): void {
    this.#end(write, error.outcome === 'unknown' ? 'unknown' : 'refused')
    write.reason = error.code
    this.onEnd(write)
    if (write.operation !== null) this.sessions.failed(write, 'otherwise')
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

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Undefined also if the result could not be encoded, which others report. */
const answerIn = (answer: Answer): string | undefined =>
  typeof answer === 'string' ? undefined : textOf(answer)

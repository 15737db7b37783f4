// One life of a member, from its start to its crash or its stop: the runtime's replica on simulated ports,
// around a core that is observed.
import {
  type Configuration,
  type Effects,
  type Envelope,
  type Event,
  InvariantError,
  type NodeId,
  type RaftConfig,
  type SnapshotMeta,
} from '@oarlock/core'
import {
  type FoundingRule,
  Replica,
  type ReplicaIdentity,
  type ReplicaListener,
  restoredFrom,
} from '@oarlock/runtime'
import { asSnapshot, canonical, type Snapshot } from '../machine/index.ts'
import { describeEvent, describePersist } from '../telling/index.ts'
import { type Random, Violation, type World } from '../world/index.ts'
import { Applying } from './applying.ts'
import { Recorded } from './arrival.ts'
import type { Compactor } from './compactor.ts'
import type { SimEventLoop } from './event-loop.ts'
import type { CoreObserver, Host } from './host.ts'
import { DiskFailure, LogPort } from './log-port.ts'
import { ObservedRaft } from './observed-raft.ts'
import type { Observer } from './observer.ts'
import type { SnapshotTransfer } from './snapshot-transfer.ts'
import { digestOfStep } from './step-fingerprint.ts'

/** The node that lives. */
export interface LifeHost extends Host {
  readonly place: number
  readonly loop: SimEventLoop
  readonly compactor: Compactor
  readonly transfer: SnapshotTransfer
  /** The additional time to apply a command, in ms, for a slow state machine. */
  readonly applyDelay: number
  /** Stops by itself, rather than continue with a failing disk. */
  failed(why: string): void
}

export interface LifeInit<Node extends LifeHost> {
  readonly node: Node
  readonly config: RaftConfig
  /** The configuration at the beginning of every log. */
  readonly founders: Configuration
  /** All nodes that may be members. */
  readonly members: readonly NodeId[]
  readonly founding: FoundingRule
  /** Whether members show each other who they are. */
  readonly showsIdentities: boolean
  readonly world: World
  readonly random: Random
  /** The time to apply a command, in ms. */
  readonly applyTime: number
  /** How long the runtime waits for a proposal or a read before it gives up, in ms. */
  readonly proposeTimeout: number
  readonly observer: Observer<Node>
}

/** The requests of one life. Every life of every node has other numbers. */
const REQUESTS_A_LIFE = 1_000_000

export class Life<Node extends LifeHost> implements CoreObserver {
  readonly replica: Replica<unknown>
  readonly writes: LogPort
  /** A snapshot that the core has handed out but that is not durable yet. */
  installing: Snapshot | null = null
  /** Whether it crashed or was stopped: from then on it must not do anything. */
  over = false
  readonly #init: LifeInit<Node>
  readonly #node: Node
  readonly #world: World
  readonly #observer: Observer<Node>
  readonly #applying: Applying

  constructor(init: LifeInit<Node>) {
    const { node, world, random, observer } = init
    this.#init = init
    this.#node = node
    this.#world = world
    this.#observer = observer
    this.writes = new LogPort(node, world, random)
    this.#applying = new Applying(node.id, node.machine, (entry) => observer.applied(node, entry))
    try {
      this.replica = this.#newReplica()
    } catch (error) {
      throw this.noted(error)
    }
  }

  #newReplica(): Replica<unknown> {
    const { config, founders, random, applyTime, proposeTimeout } = this.#init
    const node = this.#node
    const { id, disk, life, loop } = node
    const dice = random.split(`incarnation ${life}`)
    const raft = new ObservedRaft(this, {
      config,
      restored: restoredFrom(disk, founders),
      log: disk.log,
      random: () => dice.next(),
      now: loop.now(),
    })
    const unique = this.#world.nextLife()
    return new Replica<unknown>({
      id,
      raft,
      log: this.writes,
      transport: { send: (envelopes) => this.#send(envelopes as readonly Envelope[]) },
      clock: loop,
      eventLoop: loop,
      applyCommand: (command, context) => {
        loop.busy += applyTime + node.applyDelay
        try {
          this.#applying.command(command, context)
        } catch (error) {
          throw this.noted(error)
        }
        return node.machine.result
      },
      encodeResult: (result) => new TextEncoder().encode(canonical(result)),
      origin: Uint8Array.of(0, 0, 0, 0, unique >>> 24, unique >>> 16, unique >>> 8, unique),
      firstRequest: unique * REQUESTS_A_LIFE,
      timeout: proposeTimeout,
      readTimeout: proposeTimeout,
      sweepInterval: Math.min(config.heartbeatInterval, proposeTimeout),
      maxRequestBytes: config.maxMessageBytes,
      identity: this.#identity(raft.term > 0),
      flow: {
        least: 200,
        queue: config.electionTimeout / 4,
        most: config.maxInflightBytes || Number.POSITIVE_INFINITY,
      },
      listener: this.#listener(),
    })
  }

  #identity(hasTerm: boolean): ReplicaIdentity {
    const { config, members, founding, showsIdentities } = this.#init
    const node = this.#node
    const stored = node.disk.identity.open()
    const own = {
      id: config.id,
      cluster: 'simulated',
      incarnation: stored.incarnation,
      starts: stored.starts,
      founders: members,
      purpose: config.electionOnly ? 'election' : 'replication',
      kind: config.witness ? 'witness' : 'full',
      electionTimeout: config.electionTimeout,
    } as const
    return {
      own,
      stored,
      rule: founding,
      hasTakenPart: hasTerm || !showsIdentities,
      write: (record, done) => {
        const duration = node.disk.identity.write(record, (failed) =>
          node.arrive(new Recorded(() => done(failed === null ? null : new DiskFailure(failed)))),
        )
        this.#observer.recording(node, duration)
      },
    }
  }

  #listener(): ReplicaListener {
    const node = this.#node
    return {
      role: ({ role, term, leader }) => {
        if (this.#world.trace !== null)
          this.#world.log(`${node.id} is ${role} of term ${term}, leader ${leader ?? 'unknown'}`)
      },
      leadershipBegan: (leadership) => this.#observer.began(node, leadership),
      leadershipEnded: () => {},
      judged: (peer, refusal) => {
        if (refusal !== null && this.#world.trace !== null)
          this.#world.log(`${node.id} refuses ${peer.id}: ${refusal.reason}`)
      },
      refused: () => {},
      founded: () => this.#founded(),
      outcome: (outcome) => this.#observer.answered(node, outcome),
      read: (outcome) => this.#observer.readable(node, outcome),
      install: (snapshot) => this.#install(snapshot),
      failed: (cause) => {
        if (this.#world.failure !== null) throw this.#world.failure.error
        if (cause instanceof DiskFailure) return node.failed(cause.message)
        throw this.noted(cause)
      },
    }
  }

  #founded(): void {
    const node = this.#node
    if (this.#init.showsIdentities && this.#world.trace !== null) this.#world.log(`${node.id} takes part`)
    try {
      this.#observer.founded(node)
    } catch (error) {
      throw this.noted(error)
    }
  }

  // The core.

  /** The core is about to handle an event. */
  steps(event: Event): void {
    const node = this.#node
    if (this.over) throw new Violation('STOP', `${node.id} handles ${event.type} after it was stopped`)
    if (this.#world.trace !== null) {
      const line = describeEvent(node.id, event)
      if (line !== null) this.#world.log(line)
    }
    if (event.type === 'applied') this.#applying.confirmed(event.index)
    // A message to itself does not pass through the transport.
    else if (event.type === 'receive' && event.from === node.id)
      this.#observer.leaving(node, { from: node.id, to: node.id, message: event.message })
  }

  /** The core has handled an event. */
  stepped(event: Event): void {
    const node = this.#node
    const { fingerprint, now } = this.#world
    fingerprint.addNumber(now)
    fingerprint.add(digestOfStep(node.place, event, this.replica.raft))
    if (event.type === 'persisted' && this.installing?.index === event.write.snapshot) this.installing = null
    this.#observer.stepped(node, event)
    if (event.type === 'applied') node.compactor.consider()
  }

  /** The core has handed out effects. */
  taken(effects: Effects): void {
    const node = this.#node
    const { persist, apply } = effects
    if (persist !== null) {
      if (persist.snapshot !== null) {
        this.installing = asSnapshot(persist.snapshot)
        node.log.restore(persist.snapshot)
      }
      node.log.append(persist.entries)
    }
    if (this.#world.trace !== null) {
      const line = persist === null ? null : describePersist(node.id, persist)
      if (line !== null) this.#world.log(line)
    }
    if (apply.length > 0) this.#applying.handedOut(apply)
    this.#observer.taken(node, effects)
  }

  #send(envelopes: readonly Envelope[]): void {
    const node = this.#node
    if (this.over)
      throw this.noted(
        new Violation('STOP', `${node.id} sends ${envelopes[0]!.message.type} after it was stopped`),
      )
    try {
      for (const envelope of envelopes) {
        const { to, message } = envelope
        this.#observer.leaving(node, envelope)
        const process = node.connections.to(to)
        if (message.type === 'snapshot') node.transfer.send({ ...envelope, message })
        else if (process === null) node.network.onLost(envelope)
        else node.network.send(envelope, node.loop.busy, process)
      }
    } catch (error) {
      throw this.noted(error)
    }
  }

  #install(snapshot: SnapshotMeta): void {
    const node = this.#node
    try {
      node.machine.restore(asSnapshot(snapshot))
      this.#applying.installed(snapshot)
      this.#observer.installed(node, asSnapshot(snapshot))
    } catch (error) {
      throw this.noted(error)
    }
  }

  /**
   * A failure ends the run, whatever the runtime does with it. An error of the core would have stopped the
   * node.
   */
  noted(error: unknown): unknown {
    const noted =
      error instanceof InvariantError
        ? new Violation('ASSERT', `${this.#node.id} stopped: ${error.message}`, { cause: error })
        : error
    this.#world.failure ??= { error: noted }
    return noted
  }
}

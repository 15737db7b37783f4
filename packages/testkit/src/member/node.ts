// A simulated member: the runtime, around an observed core and on simulated ports. It can be started,
// crashed, stopped, paused and resumed.
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
  type Completion,
  type Leadership,
  Replica,
  type ReplicaListener,
  restoredFrom,
} from '@oarlock/runtime'
import {
  type Delivery,
  type Disk,
  LogCopy,
  type Network,
  type NodeClock,
  type Receiver,
} from '../hardware/index.ts'
import { asSnapshot, Machine, type MachineFactory, type Snapshot } from '../machine/index.ts'
import { describeEvent, describePersist } from '../telling/index.ts'
import { type Random, Violation, type World } from '../world/index.ts'
import { Applying } from './applying.ts'
import { Look, Proposal, Written } from './arrival.ts'
import { Compactor } from './compactor.ts'
import { type LoopProfile, SimEventLoop } from './event-loop.ts'
import type { Arrival, CoreObserver, Host, PendingWrite } from './host.ts'
import { type CrashPoint, DiskFailure, LogPort } from './log-port.ts'
import { ObservedRaft } from './observed-raft.ts'
import type { Observer } from './observer.ts'
import { SnapshotTransfer } from './snapshot-transfer.ts'
import { digestOfStep } from './step-fingerprint.ts'

export interface NodeProfile extends LoopProfile {
  /** The time to apply a command, in ms. 0: none. */
  readonly applyTime: number
  /** How long the runtime waits for a proposal before it gives up, in ms. */
  readonly proposeTimeout: number
  /** A snapshot is taken after this many applied entries. 0: never. */
  readonly compactAfter: number
  /** Whether nodes keep the entries that others may still need, also during faults. */
  readonly considerate: boolean
}

export interface SimNodeInit {
  readonly place: number
  readonly config: RaftConfig
  /** The configuration at the beginning of every log. */
  readonly founders: Configuration
  readonly world: World
  readonly clock: NodeClock
  readonly disk: Disk
  readonly random: Random
  readonly profile: NodeProfile
  readonly observer: Observer<SimNode>
  /** Makes the replicated state machine. */
  readonly machines: MachineFactory
}

/** The requests of one life of a node. Every life of every node has other numbers. */
const REQUESTS_A_LIFE = 1_000_000

export class SimNode implements Receiver<Arrival>, Host, CoreObserver {
  /** Its position in the cluster, from 0. */
  readonly place: number
  readonly id: NodeId
  readonly clock: NodeClock
  readonly disk: Disk
  readonly loop: SimEventLoop
  readonly compactor: Compactor
  readonly transfer: SnapshotTransfer
  readonly machine: Machine
  replica!: Replica<unknown>
  up = false
  /** Why it stopped by itself, or null. */
  failure: string | null = null
  /** Whether it was removed and switched off. */
  retired = false
  /** The number of starts, crashes and stops. */
  incarnation = 0
  /** The log in the core's memory, durable or not, rebuilt from the effects that the core hands out. */
  log: LogCopy = new LogCopy()
  /** A snapshot that the core has handed out but that is not durable yet. */
  installing: Snapshot | null = null
  /** The additional time to apply a command, in ms, for a slow state machine. */
  applyDelay = 0
  network!: Network<Arrival>

  readonly #init: SimNodeInit
  readonly #world: World
  readonly #observer: Observer<SimNode>
  #log: LogPort
  #applying!: Applying
  /** Present while a stopped replica waits for its last write. `restart`: whether to start then. */
  #closing: { restart: boolean } | null = null

  constructor(init: SimNodeInit) {
    this.#init = init
    this.place = init.place
    this.id = init.config.id
    this.clock = init.clock
    this.disk = init.disk
    this.machine = new Machine(init.machines)
    this.#world = init.world
    this.#observer = init.observer
    this.loop = new SimEventLoop(this, init.world, init.random, init.profile)
    this.#log = new LogPort(this, init.world, init.random)
    this.transfer = new SnapshotTransfer(
      this,
      init.world,
      init.random.split('shipping'),
      init.config.electionTimeout,
    )
    this.compactor = new Compactor(
      this,
      init.profile.compactAfter,
      init.profile.considerate || init.config.witness,
    )
    this.disk.onWritten = () => this.#writeEnded(null)
    this.disk.onFailed = (why) => this.#writeEnded(new DiskFailure(why))
    this.disk.onSnapshotFailed = (why) => this.#fail(why)
    this.disk.onDurable = (from) => this.#observer.durable(this, from)
  }

  get raft(): Replica<unknown>['raft'] {
    return this.replica.raft
  }

  /** The leadership that the application sees, or null. */
  get leadership(): Leadership | null {
    return this.up ? this.replica.tracker.current : null
  }

  /** Whether its disk is lost, and with it the member. Only a member of another name can replace it. */
  get lost(): boolean {
    return this.disk.refusal !== null
  }

  // The life cycle.

  /** Starts from the disk alone, unless the disk cannot be trusted. */
  start(): void {
    const { disk } = this
    if (this.lost) {
      if (this.#world.trace !== null) this.#world.log(`${this.id} refuses to start: ${disk.refusal}`)
      return
    }
    if (this.#closing !== null) {
      this.#closing.restart = true
      return
    }
    this.loop.reset()
    this.incarnation++
    this.up = true
    this.failure = null
    this.installing = null
    this.log.copyOf(disk.durableLog)
    for (const { entries } of disk.unsynced) this.log.append(entries)
    const { snapshot } = disk.log
    this.machine.start(snapshot === null ? null : asSnapshot(snapshot))
    this.#applying = new Applying(this.id, this.machine, (entry) => this.#observer.applied(this, entry))
    this.#log = new LogPort(this, this.#world, this.#init.random)
    try {
      this.replica = this.#newReplica()
    } catch (error) {
      throw this.noted(error)
    }
    if (this.#world.trace !== null)
      this.#world.log(`${this.id} starts: term ${this.raft.term}, ${this.#onDisk()}`)
    this.#observer.started(this)
    this.replica.start()
  }

  #newReplica(): Replica<unknown> {
    const { config, founders, random, profile } = this.#init
    const { id, disk, incarnation, loop } = this
    const dice = random.split(`incarnation ${incarnation}`)
    const raft = new ObservedRaft(this, {
      config,
      restored: restoredFrom({ hardState: disk.hardState, log: disk.log }, founders),
      log: disk.log,
      random: () => dice.next(),
      now: loop.now(),
    })
    const life = this.#world.nextLife()
    return new Replica<unknown>({
      id,
      raft,
      log: this.#log,
      transport: { send: (envelopes) => this.#send(envelopes, incarnation) },
      clock: loop,
      eventLoop: loop,
      applyCommand: (command, context) => {
        loop.busy += profile.applyTime + this.applyDelay
        try {
          this.#applying.command(command, context)
        } catch (error) {
          throw this.noted(error)
        }
        return this.machine.result
      },
      origin: Uint8Array.of(0, 0, 0, 0, life >>> 24, life >>> 16, life >>> 8, life),
      firstRequest: life * REQUESTS_A_LIFE,
      timeout: profile.proposeTimeout,
      sweepInterval: Math.min(config.heartbeatInterval, profile.proposeTimeout),
      maxRequestBytes: config.maxMessageBytes,
      listener: this.#listener(),
    })
  }

  #listener(): ReplicaListener {
    return {
      role: ({ role, term, leader }) => {
        if (this.#world.trace !== null)
          this.#world.log(`${this.id} is ${role} of term ${term}, leader ${leader ?? 'unknown'}`)
      },
      leadershipBegan: (leadership) => this.#observer.began(this, leadership),
      leadershipEnded: () => {},
      outcome: (outcome) => this.#observer.answered(this, outcome),
      read: (outcome) => this.#observer.readable(this, outcome),
      install: (snapshot) => this.#install(snapshot),
      failed: (cause) => {
        if (this.#world.failure !== null) throw this.#world.failure.error
        if (cause instanceof DiskFailure) return this.#fail(cause.message)
        throw this.noted(cause)
      },
    }
  }

  #onDisk(): string {
    const { start, lastIndex } = this.disk.durableLog
    return `${start.index > 0 ? `a snapshot of ${start.index} and ` : ''}entries up to ${lastIndex} on disk`
  }

  /** Crashes now, or at the boundary of a write that `point` names. */
  crash(point: CrashPoint = 'now'): void {
    if (!this.up) return
    if (point !== 'now') {
      this.#log.crashPoint = point
      return
    }
    // If the runtime itself has called this, nothing that it does afterwards may have an effect.
    this.replica.driver.stop()
    this.#end()
    this.loop.reset()
    try {
      this.disk.crash()
    } catch (error) {
      throw this.noted(error)
    }
    if (this.#world.trace !== null) this.#world.log(`${this.id} crashes: ${this.#onDisk()}`)
    this.#observer.crashed(this)
  }

  /** The application stops the replica and continues itself. A write that is under way still ends. */
  stop(): void {
    if (!this.up || this.paused) return
    this.replica.stop('the member is closed')
    this.#end()
    this.#closing = { restart: false }
    if (this.#world.trace !== null) this.#world.log(`${this.id} is stopped`)
    if (!this.#log.busy) this.#closed()
  }

  /** The last write of a stopped replica has ended: releases its disk. */
  #closed(): void {
    const { restart } = this.#closing!
    this.#closing = null
    this.disk.reopen()
    this.#observer.crashed(this)
    if (restart) this.start()
  }

  #end(): void {
    this.up = false
    this.incarnation++
    this.compactor.reset()
    this.transfer.crash()
  }

  /** Stops by itself, rather than continue with a failing disk. */
  #fail(why: string): void {
    if (this.#world.trace !== null) this.#world.log(`${this.id} stops: ${why}`)
    this.failure = why
    this.crash()
  }

  /** Cancels a crash that waits for a write. */
  disarm(): void {
    this.#log.crashPoint = 'now'
  }

  /** Stops the process, as by SIGSTOP. Its clock and its disk continue. */
  get paused(): boolean {
    return this.loop.paused
  }

  pause(): void {
    if (this.up) this.loop.paused = true
  }

  resume(): void {
    this.loop.resume()
  }

  /** Changes the rate of its clock. */
  drift(rate: number): void {
    this.clock.drift(rate, this.#world.now)
    this.loop.clockChanged()
  }

  /** Sets the wall clock. */
  stepWall(by: number): void {
    if (this.clock.stepWall(by)) this.loop.clockChanged()
  }

  // Its input.

  deliver(delivery: Delivery): void {
    this.arrive(delivery)
  }

  /** Queues an input for the runtime, which handles it in the node's next turn. */
  arrive(arrival: Arrival): void {
    if (this.up) this.loop.arrive(arrival)
  }

  /** A client proposes a command. Calls `taken` when the runtime receives it. */
  propose(command: Uint8Array, taken: () => void, completion: Completion<unknown>): void {
    this.arrive(new Proposal(command, taken, completion))
  }

  /** A message from a peer. */
  receive({ from, message }: Envelope): void {
    this.replica.driver.receive(from, [message])
  }

  /** Makes the runtime check its deadlines again. */
  wake(): void {
    if (this.up) this.replica.start()
  }

  /** The application checks whether it leads, in one of the next turns. */
  look(): void {
    this.arrive(new Look())
  }

  looked(): void {
    const leadership = this.leadership
    if (leadership !== null) this.#observer.looked(this, leadership, leadership.held)
  }

  #writeEnded(failure: DiskFailure | null): void {
    const written = new Written(this.#log, failure)
    if (this.#closing === null) this.arrive(written)
    else written.enter(this)
  }

  /** Tells the runtime that its write has ended. */
  told(write: PendingWrite, failure: Error | null): void {
    write.ended(failure)
    if (this.#closing !== null && !write.busy) this.#closed()
  }

  kept(snapshot: Snapshot): void {
    this.compactor.kept(snapshot)
  }

  // Its core.

  /** The core is about to handle an event. */
  steps(event: Event, incarnation: number): void {
    if (incarnation !== this.incarnation)
      throw new Violation('STOP', `${this.id} handles ${event.type} after it was stopped`)
    if (this.#world.trace !== null) {
      const line = describeEvent(this.id, event)
      if (line !== null) this.#world.log(line)
    }
    if (event.type === 'applied') this.#applying.confirmed(event.index)
    // A message to itself does not pass through the transport.
    else if (event.type === 'receive' && event.from === this.id)
      this.#observer.leaving(this, { from: this.id, to: this.id, message: event.message })
  }

  /** The core has handled an event. */
  stepped(event: Event): void {
    const { fingerprint, now } = this.#world
    fingerprint.addNumber(now)
    fingerprint.add(digestOfStep(this.place, event, this.raft))
    if (event.type === 'persisted' && this.installing?.index === event.write.snapshot) this.installing = null
    this.#observer.stepped(this, event)
    if (event.type === 'applied') this.compactor.consider()
  }

  /** The core has handed out effects. */
  taken(effects: Effects): void {
    const { persist, apply } = effects
    if (persist !== null) {
      if (persist.snapshot !== null) {
        this.installing = asSnapshot(persist.snapshot)
        this.log.restore(persist.snapshot)
      }
      this.log.append(persist.entries)
    }
    if (this.#world.trace !== null) {
      const line = persist === null ? null : describePersist(this.id, persist)
      if (line !== null) this.#world.log(line)
    }
    if (apply.length > 0) this.#applying.handedOut(apply)
    this.#observer.taken(this, effects)
  }

  #send(envelopes: readonly Envelope[], incarnation: number): void {
    if (incarnation !== this.incarnation)
      throw this.noted(
        new Violation('STOP', `${this.id} sends ${envelopes[0]!.message.type} after it was stopped`),
      )
    try {
      for (const envelope of envelopes) {
        const { message } = envelope
        this.#observer.leaving(this, envelope)
        if (message.type === 'snapshot') this.transfer.send({ ...envelope, message })
        else this.network.send(envelope, this.loop.busy)
      }
    } catch (error) {
      throw this.noted(error)
    }
  }

  #install(snapshot: SnapshotMeta): void {
    try {
      this.machine.restore(asSnapshot(snapshot))
      this.#applying.installed(snapshot)
      this.#observer.installed(this, asSnapshot(snapshot))
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
        ? new Violation('ASSERT', `${this.id} stopped: ${error.message}`, { cause: error })
        : error
    this.#world.failure ??= { error: noted }
    return noted
  }
}

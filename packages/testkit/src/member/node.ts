// One member: the runtime itself, around a core that is observed, on simulated ports; and its life: it starts from its disk,
// crashes, is stopped, sleeps and wakes.
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
  /** How long the state machine takes over a command, in ms; 0: no time. */
  readonly applyTime: number
  /** How long a proposal may take before the runtime gives it up, in ms. */
  readonly proposeTimeout: number
  /** A snapshot is taken when so many entries were applied since the last one; 0: never. */
  readonly compactAfter: number
  /** Whether nodes keep what of the log others may still need, also while there are faults. */
  readonly considerate: boolean
}

export interface SimNodeInit {
  readonly place: number
  readonly config: RaftConfig
  /** What the log begins with, at every node: its entries change it from there. */
  readonly founders: Configuration
  readonly world: World
  readonly clock: NodeClock
  readonly disk: Disk
  readonly random: Random
  readonly profile: NodeProfile
  readonly observer: Observer<SimNode>
  /** What it replicates. */
  readonly machines: MachineFactory
}

/** Requests of one life of a node; those of the next one have other numbers, at every node. */
const REQUESTS_A_LIFE = 1_000_000

export class SimNode implements Receiver<Arrival>, Host, CoreObserver {
  /** Its number in the cluster, from 0. */
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
  /** Why it stopped by itself; null: it did not. */
  failure: string | null = null
  /** Removed, and switched off. */
  retired = false
  /** Counts starts, crashes and stops. */
  incarnation = 0
  /** The log in the core's memory, durable or not, rebuilt from what the core hands out. */
  log: LogCopy = new LogCopy()
  /** A snapshot that the core has handed out and that is not durable yet. */
  installing: Snapshot | null = null
  /** What each command takes besides, in ms: a state machine having a bad time. */
  applyDelay = 0
  network!: Network<Arrival>

  readonly #init: SimNodeInit
  readonly #world: World
  readonly #observer: Observer<SimNode>
  #log: LogPort
  #applying!: Applying
  /** Present while a stopped replica waits for its last write; `restart`: it is to start then. */
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

  /** Its disk is lost, and with it the member: only another one, by another name, can take its place. */
  get lost(): boolean {
    return this.disk.refusal !== null
  }

  // Its life.

  /** Starts from what the disk holds and nothing else; not at all where that cannot be trusted. */
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

  /** Crashes here, or at the next boundary of a write that `point` names. */
  crash(point: CrashPoint = 'now'): void {
    if (!this.up) return
    if (point !== 'now') {
      this.#log.crashPoint = point
      return
    }
    // Where this is called from within the runtime, nothing that follows there may have an effect.
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

  /** Its application stops it, and goes on itself: a write that is under way still ends. */
  stop(): void {
    if (!this.up || this.paused) return
    this.replica.stop('the member is closed')
    this.#end()
    this.#closing = { restart: false }
    if (this.#world.trace !== null) this.#world.log(`${this.id} is stopped`)
    if (!this.#log.busy) this.#closed()
  }

  /** The last write of a stopped replica has ended, and its disk is free. */
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

  /** It stops by itself, rather than go on with a disk that does not do what it is told. */
  #fail(why: string): void {
    if (this.#world.trace !== null) this.#world.log(`${this.id} stops: ${why}`)
    this.failure = why
    this.crash()
  }

  /** Takes back a crash that waits for a write. */
  disarm(): void {
    this.#log.crashPoint = 'now'
  }

  /** Stopped, as by SIGSTOP: its clock and its disk go on, it does not. */
  get paused(): boolean {
    return this.loop.paused
  }

  pause(): void {
    if (this.up) this.loop.paused = true
  }

  resume(): void {
    this.loop.resume()
  }

  /** From now on its clock runs at another rate. */
  drift(rate: number): void {
    this.clock.drift(rate, this.#world.now)
    this.loop.clockChanged()
  }

  /** Somebody sets the wall clock. */
  stepWall(by: number): void {
    if (this.clock.stepWall(by)) this.loop.clockChanged()
  }

  // What reaches it.

  deliver(delivery: Delivery): void {
    this.arrive(delivery)
  }

  /** Something for the runtime: it enters in this node's next turn. */
  arrive(arrival: Arrival): void {
    if (this.up) this.loop.arrive(arrival)
  }

  /** A client proposes a command. `taken`: the runtime takes it in now. */
  propose(command: Uint8Array, taken: () => void, completion: Completion<unknown>): void {
    this.arrive(new Proposal(command, taken, completion))
  }

  /** A message from a peer. */
  receive({ from, message }: Envelope): void {
    this.replica.driver.receive(from, [message])
  }

  /** Has the runtime look at its deadlines anew. */
  wake(): void {
    if (this.up) this.replica.start()
  }

  /** The application looks whether it leads, in one of the next turns. */
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

  /** The runtime is told that its write has ended. */
  told(write: PendingWrite, failure: Error | null): void {
    write.ended(failure)
    if (this.#closing !== null && !write.busy) this.#closed()
  }

  kept(snapshot: Snapshot): void {
    this.compactor.kept(snapshot)
  }

  // What the core does.

  /** The core is about to take in an event. */
  steps(event: Event, incarnation: number): void {
    if (incarnation !== this.incarnation)
      throw new Violation('STOP', `${this.id} takes in ${event.type} after it was stopped`)
    if (this.#world.trace !== null) {
      const line = describeEvent(this.id, event)
      if (line !== null) this.#world.log(line)
    }
    if (event.type === 'applied') this.#applying.confirmed(event.index)
    // A message to itself goes through no transport.
    else if (event.type === 'receive' && event.from === this.id)
      this.#observer.leaving(this, { from: this.id, to: this.id, message: event.message })
  }

  /** It has taken in an event. */
  stepped(event: Event): void {
    const { fingerprint, now } = this.#world
    fingerprint.addNumber(now)
    fingerprint.add(digestOfStep(this.place, event, this.raft))
    if (event.type === 'persisted' && this.installing?.index === event.write.snapshot) this.installing = null
    this.#observer.stepped(this, event)
    if (event.type === 'applied') this.compactor.consider()
  }

  /** It has handed out effects. */
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

  /** Something went wrong: the run ends, whatever the runtime makes of it. What the core throws would have stopped the node. */
  noted(error: unknown): unknown {
    const noted =
      error instanceof InvariantError
        ? new Violation('ASSERT', `${this.id} stopped: ${error.message}`, { cause: error })
        : error
    this.#world.failure ??= { error: noted }
    return noted
  }
}

// One member: a small runtime around one core, with its life: it starts from its disk, crashes, sleeps and wakes. What it does
// with what the core hands out is in carrier.ts.
import {
  type Configuration,
  type Envelope,
  type Event,
  index,
  type NodeId,
  Raft,
  type RaftConfig,
} from '@oarlock/core'
import {
  configurationAtStart,
  type Delivery,
  type Disk,
  LogCopy,
  type Network,
  type NodeClock,
  type Receiver,
} from '../hardware/index.ts'
import { Machine, type MachineFactory, type Snapshot } from '../machine/index.ts'
import { describeEvent } from '../telling/index.ts'
import { type Random, Violation, type World } from '../world/index.ts'
import { type Arrival, Written } from './arrival.ts'
import { Compactor } from './compactor.ts'
import { Carrier } from './effect-runner.ts'
import { EventLoop, type LoopProfile } from './event-loop.ts'
import { type CrashPoint, LogWriter } from './log-writer.ts'
import type { Observer } from './observer.ts'
import { Shipping } from './snapshot-transfer.ts'
import { digestOfStep } from './step-fingerprint.ts'

export interface NodeProfile extends LoopProfile {
  /** How long the state machine takes over a batch, in ms; 0: no time. */
  readonly applyTime: number
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
  readonly observer: Observer
  /** What it replicates. */
  readonly machines: MachineFactory
}

export class SimNode implements Receiver {
  /** Its number in the cluster, from 0. */
  readonly place: number
  readonly id: NodeId
  readonly clock: NodeClock
  readonly disk: Disk
  readonly writer: LogWriter
  readonly carrier: Carrier
  readonly compactor: Compactor
  readonly shipping: Shipping
  readonly machine: Machine
  raft!: Raft
  up = false
  /** Removed, and switched off. */
  retired = false
  /** Counts starts and crashes. */
  incarnation = 0
  /** The log in the core's memory, durable or not, rebuilt from what the core hands out. */
  log: LogCopy = new LogCopy()
  /** A snapshot that the core has handed out and that is not durable yet. */
  installing: Snapshot | null = null
  /** Counts snapshots that have replaced the state machine's state. */
  installs = 0
  network!: Network

  readonly #init: SimNodeInit
  readonly #world: World
  readonly #observer: Observer
  readonly #loop: EventLoop

  constructor(init: SimNodeInit) {
    this.#init = init
    this.place = init.place
    this.id = init.config.id
    this.clock = init.clock
    this.disk = init.disk
    this.machine = new Machine(init.machines)
    this.#world = init.world
    this.#observer = init.observer
    this.#loop = new EventLoop(this, init.world, init.random, init.profile)
    this.writer = new LogWriter(this, init.world, init.random)
    this.carrier = new Carrier(this, init.world, init.observer, init.profile.applyTime)
    this.shipping = new Shipping(this, init.world, init.random.split('shipping'), init.config.electionTimeout)
    this.compactor = new Compactor(
      this,
      init.profile.compactAfter,
      init.profile.considerate || init.config.witness,
    )
    this.disk.onWritten = (batch) => this.arrive(new Written(batch))
    this.disk.onFailed = (why) => this.#fail(why)
    this.disk.onDurable = (from) => this.#observer.durable(this, from)
  }

  /** Its disk is lost, and with it the member: only another one, by another name, can take its place. */
  get lost(): boolean {
    return this.disk.refusal !== null
  }

  /** Starts from what the disk holds and nothing else; not at all where that cannot be trusted. */
  start(): void {
    const { config, founders, random } = this.#init
    const { disk } = this
    if (this.lost) {
      if (this.#world.trace !== null) this.#world.log(`${this.id} refuses to start: ${disk.refusal}`)
      return
    }
    const snapshot = disk.durableSnapshot
    this.incarnation++
    this.up = true
    this.installing = null
    this.log.copyOf(disk.durableLog)
    for (const { entries } of disk.unsynced) this.log.append(entries)
    this.machine.start(snapshot)
    const dice = random.split(`incarnation ${this.incarnation}`)
    const configuration = configurationAtStart(snapshot, founders)
    const applied = snapshot?.index ?? index(0)
    const now = this.clock.at(this.#world.now)
    this.raft = this.asserted(
      () =>
        new Raft({
          config,
          restored: { hardState: disk.hardState, configuration, applied },
          log: disk.log,
          random: () => dice.next(),
          now,
        }),
    )
    if (this.#world.trace !== null)
      this.#world.log(`${this.id} starts: term ${this.raft.term}, ${this.#onDisk()}`)
    this.#observer.started(this)
    this.carrier.settle()
  }

  #onDisk(): string {
    const { start, lastIndex } = this.disk.durableLog
    return `${start.index > 0 ? `a snapshot of ${start.index} and ` : ''}entries up to ${lastIndex} on disk`
  }

  /** Crashes here, or at the next boundary of a write that `point` names. */
  crash(point: CrashPoint = 'now'): void {
    if (!this.up) return
    if (point !== 'now') {
      this.writer.crashPoint = point
      return
    }
    this.up = false
    this.incarnation++
    this.#loop.reset()
    this.writer.reset()
    this.compactor.reset()
    this.carrier.reset()
    this.shipping.crash()
    this.asserted(() => this.disk.crash())
    if (this.#world.trace !== null) this.#world.log(`${this.id} crashes: ${this.#onDisk()}`)
    this.#observer.crashed(this)
  }

  /** It stops by itself, rather than go on with a disk that does not do what it is told. */
  #fail(why: string): void {
    if (this.#world.trace !== null) this.#world.log(`${this.id} stops: ${why}`)
    this.crash()
  }

  /** Takes back a crash that waits for a write. */
  disarm(): void {
    this.writer.crashPoint = 'now'
  }

  /** Stopped, as by SIGSTOP: its clock and its disk go on, it does not. */
  get paused(): boolean {
    return this.#loop.paused
  }

  pause(): void {
    this.#loop.paused = true
  }

  resume(): void {
    this.#loop.resume()
  }

  /** From now on its clock runs at another rate. */
  drift(rate: number): void {
    this.clock.drift(rate, this.#world.now)
    this.#loop.forgetTimer()
    this.setTimer()
  }

  /** Somebody sets the wall clock. */
  stepWall(by: number): void {
    if (!this.clock.stepWall(by)) return
    this.#loop.forgetTimer()
    this.setTimer()
  }

  setTimer(): void {
    if (this.up) this.#loop.setTimer()
  }

  deliver(delivery: Delivery): void {
    this.arrive(delivery)
  }

  /** Something for the core: stepped in this node's next turn. */
  arrive(arrival: Arrival): void {
    if (this.up) this.#loop.arrive(arrival)
  }

  /** Hands one event to the core. */
  step(event: Event): void {
    const { fingerprint, trace } = this.#world
    if (trace !== null) {
      const line = describeEvent(this.id, event)
      if (line !== null) this.#world.log(line)
    }
    const { raft } = this
    this.asserted(() => raft.step(event, this.clock.at(this.#world.now)))
    fingerprint.addNumber(this.#world.now)
    fingerprint.add(digestOfStep(this.place, event, raft))
    this.#observer.stepped(this, event)
  }

  /** What the core throws is a violation: it would have stopped the node. */
  asserted<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      if (error instanceof Violation) throw error
      throw new Violation('ASSERT', `${this.id} stopped: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    }
  }

  /** A message from a peer. */
  receive(envelope: Envelope): void {
    this.step({ type: 'receive', from: envelope.from, message: envelope.message })
  }
}

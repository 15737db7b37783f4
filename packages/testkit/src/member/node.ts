// A simulated member: the runtime, around an observed core and on simulated ports. It can be started,
// crashed, stopped, paused and resumed.
import type { Configuration, Envelope, NodeId, RaftConfig, SnapshotMeta } from '@oarlock/core'
import type { FoundingRule, Leadership, Replica } from '@oarlock/runtime'
import type { MemberLeases, ReplicatedStore, StoreSettings } from '@oarlock/store'
import {
  type Delivery,
  type Disk,
  LogCopy,
  type Network,
  NodeClock,
  type Receiver,
} from '../hardware/index.ts'
import { Machine, type MachineFactory, type StateBytes } from '../machine/index.ts'
import type { Random, World } from '../world/index.ts'
import { Look, Request, Written } from './arrival.ts'
import { Connections, type Endpoint, type HandshakeProfile } from './connections.ts'
import { type LoopProfile, SimEventLoop } from './event-loop.ts'
import type { Arrival, PendingWrite } from './host.ts'
import { Life, type LifeHost, type SnapshotProfile } from './life.ts'
import { type CrashPoint, DiskFailure } from './log-port.ts'
import type { Observer } from './observer.ts'

export interface NodeProfile extends LoopProfile, SnapshotProfile {
  /** The time to apply a command, in ms. 0: none. */
  readonly applyTime: number
  /** How long the runtime waits for a proposal or a read before it gives up, in ms. */
  readonly proposeTimeout: number
}

/** The election timeouts of the members, as a share of the longest one. */
export interface TimeoutProfile {
  /** 1: they are all alike. */
  readonly shortest: number
  /** The share of restarts after which a member has another one. */
  readonly changes: number
}

export interface SimNodeInit {
  readonly place: number
  readonly config: RaftConfig
  /** The configuration at the beginning of every log. */
  readonly founders: Configuration
  /** The founders by which members know their cluster. */
  readonly identities: readonly NodeId[]
  readonly founding: FoundingRule
  readonly handshakes: HandshakeProfile
  readonly timeouts: TimeoutProfile
  readonly world: World
  readonly clock: NodeClock
  readonly disk: Disk
  readonly random: Random
  readonly profile: NodeProfile
  /** Whether the cluster has agreed to this incarnation, which came later than the first one of its name. */
  readonly wasTakenIn: (id: NodeId, incarnation: string) => boolean
  readonly observer: Observer<SimNode>
  /** Makes the replicated state machine. */
  readonly machines: MachineFactory
  readonly stateBytes: StateBytes
  readonly store: StoreSettings
}

export class SimNode implements Receiver<Arrival>, Endpoint, LifeHost {
  /** Its position in the cluster, from 0. */
  readonly place: number
  readonly id: NodeId
  readonly clock: NodeClock
  disk: Disk
  /** The disk that it had when it lost one as a member, or null. What it promised was on that one. */
  formerDisk: Disk | null = null
  /** All disks that it has had, once it has lost one. */
  readonly #disks: Disk[] = []
  readonly loop: SimEventLoop
  readonly connections: Connections
  readonly machine: Machine
  up = false
  /** Why it stopped by itself, or null. */
  failure: string | null = null
  /** Whether it was removed and switched off. */
  retired = false
  /** Whether it has seen itself that it was removed, and has stopped. */
  stoppedByItself = false
  /** The number of starts, crashes and stops. */
  life = 0
  /** The log in the core's memory, durable or not, rebuilt from the effects that the core hands out. */
  log: LogCopy = new LogCopy()
  /** How many transfers of snapshots to it resumed a broken one. */
  resumedTransfers = 0
  /** The additional time to apply a command, in ms, for a slow state machine. */
  applyDelay = 0
  /** In its present process. */
  config: RaftConfig
  network!: Network<Arrival>

  readonly #init: SimNodeInit
  readonly #world: World
  readonly #observer: Observer<SimNode>
  #current: Life<SimNode> | null = null
  /** Present while a stopped replica waits for its last write. `restart`: whether to start then. */
  #closing: { restart: boolean } | null = null

  constructor(init: SimNodeInit) {
    this.#init = init
    this.place = init.place
    this.id = init.config.id
    this.config = init.config
    this.#drawTimeout()
    this.clock = init.clock
    this.disk = init.disk
    this.machine = new Machine(init.machines)
    this.#world = init.world
    this.#observer = init.observer
    this.loop = new SimEventLoop(this, init.world, init.random, init.profile)
    this.connections = new Connections(this, init.world, init.random.split('connections'), init.handshakes)
    this.#watchDisk()
  }

  #watchDisk(): void {
    this.disk.onWritten = () => this.#writeEnded(null)
    this.disk.onFailed = (why) => this.#writeEnded(new DiskFailure(why))
    this.disk.onDurable = (from) => this.#observer.durable(this, from)
  }

  /** Only a node that has started has one. */
  get replica(): Replica<unknown> {
    return this.#current!.replica
  }

  /** The store beside its state machine. Only a node that has started has one, and no witness. */
  get store(): ReplicatedStore | null {
    return this.#current?.store ?? null
  }

  /** The leases of its store. */
  get leases(): MemberLeases | null {
    return this.#current?.leases ?? null
  }

  get raft(): Replica<unknown>['raft'] {
    return this.replica.raft
  }

  /** A snapshot that the core has handed out but that is not durable yet. */
  get installing(): SnapshotMeta | null {
    return this.#current?.installing ?? null
  }

  /** Its state machine is being restored from a snapshot, so nothing is applied. */
  get isRestoring(): boolean {
    return this.#current?.replica.snapshotter?.isRestoring === true
  }

  /** The members to which it is sending a snapshot. */
  get snapshotDestinations(): readonly NodeId[] {
    return this.#current?.replica.snapshotter?.destinations ?? []
  }

  /** The leadership that the application sees, or null. */
  get leadership(): Leadership | null {
    return this.up ? this.replica.tracker.current : null
  }

  /** Whether its disk is lost, and with it the member. Only a member of another name can replace it. */
  get lost(): boolean {
    return this.disk.refusal !== null
  }

  /**
   * Whether it lost its disk and the cluster has not taken it in again yet: it is not the member that it was.
   */
  get isNewcomer(): boolean {
    return this.formerDisk !== null && !this.#init.wasTakenIn(this.id, this.disk.identity.incarnation)
  }

  /** Whether it can start from its disk alone. A witness has no state. */
  get hasState(): boolean {
    const { durableLog, durableSnapshot } = this.disk
    return !this.config.witness && (durableSnapshot !== null || durableLog.start.index === 0)
  }

  /** The disk of the member that the cluster knows. */
  get countedDisk(): Disk {
    return this.isNewcomer ? this.formerDisk! : this.disk
  }

  /** The disk of the member, for somebody whose table of members has this incarnation. Null: as founded. */
  diskOf(incarnation: string | null | undefined): Disk {
    const of = (disk: Disk): boolean => disk.identity.incarnation === incarnation
    return this.#disks.find(of) ?? this.#disks[0] ?? this.disk
  }

  /** Its disk is replaced by an empty one, on which it asks to be taken in when it starts. */
  loseDisk(random: Random): void {
    this.crash()
    if (!this.isNewcomer) this.formerDisk = this.disk
    this.disk.onDurable = () => {}
    if (this.#disks.length === 0) this.#disks.push(this.disk)
    this.disk = this.disk.empty(random)
    this.#disks.push(this.disk)
    this.#watchDisk()
    if (this.#world.trace !== null) this.#world.log(`${this.id} has lost its disk`)
    this.#observer.lostDisk(this)
  }

  /** Whether its cluster was founded, as far as its disk knows. A newcomer does not wait for that. */
  get founded(): boolean {
    const { identity, durableHardState } = this.disk
    const isFounder = this.formerDisk === null && this.#init.identities.includes(this.id)
    return identity.record.founded || durableHardState.term > 0 || !isFounder
  }

  /** Another process of this name, on another machine. */
  namesake(other: Pick<SimNodeInit, 'place' | 'disk' | 'random' | 'observer'>): SimNode {
    const clock = new NodeClock(other.random.between(0, 10_000), this.clock.rate)
    return new SimNode({ ...this.#init, ...other, clock })
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
    this.life++
    this.up = true
    if (this.life > 1 && this.#chance(this.#init.timeouts.changes)) this.#drawTimeout()
    this.failure = null
    this.log.copyOf(disk.durableLog)
    for (const { entries } of disk.unsynced) this.log.append(entries)
    this.machine.start()
    const { config } = this
    const { founders, identities, founding, handshakes, random, profile, stateBytes, store } = this.#init
    this.#current = new Life({
      node: this,
      config,
      founders,
      identities,
      founding,
      showsIdentities: handshakes.shown,
      random,
      world: this.#world,
      applyTime: profile.applyTime,
      proposeTimeout: profile.proposeTimeout,
      observer: this.#observer,
      snapshots: profile,
      stateBytes,
      storeSettings: store,
    })
    if (this.#world.trace !== null)
      this.#world.log(`${this.id} starts: term ${this.raft.term}, ${this.#onDisk()}`)
    this.#observer.started(this)
    this.replica.start()
    this.connections.start()
  }

  #chance(share: number): boolean {
    return share > 0 && this.#init.random.chance(share)
  }

  #drawTimeout(): void {
    const { config, timeouts, random } = this.#init
    if (timeouts.shortest < 1)
      this.configure(Math.round(config.electionTimeout * random.logBetween(timeouts.shortest, 1)))
  }

  /** Gives it another election timeout from the next start on. Its heartbeats keep their share of it. */
  configure(electionTimeout: number): void {
    const { config } = this.#init
    const heartbeatInterval = (config.heartbeatInterval * electionTimeout) / config.electionTimeout
    this.config = { ...config, electionTimeout, heartbeatInterval }
  }

  #onDisk(): string {
    const { start, lastIndex } = this.disk.durableLog
    return `${start.index > 0 ? `a snapshot of ${start.index} and ` : ''}entries up to ${lastIndex} on disk`
  }

  /** Crashes now, or at the boundary of a write that `point` names. */
  crash(point: CrashPoint = 'now'): void {
    if (!this.up) return
    if (point !== 'now') {
      this.#current!.writes.crashPoint = point
      return
    }
    // If the runtime itself has called this, nothing that it does afterwards may have an effect.
    this.replica.driver.stop()
    this.#end()
    this.loop.reset()
    try {
      this.disk.crash()
    } catch (error) {
      throw this.#current!.noted(error)
    }
    if (this.#world.trace !== null) this.#world.log(`${this.id} crashes: ${this.#onDisk()}`)
    this.#observer.crashed(this)
  }

  /** The application stops the replica and continues itself. A write that is under way still ends. */
  stop(): void {
    if (!this.up || this.paused) return
    // A crash that waits for the write under way would never come.
    this.disarm()
    this.replica.stop('the member is closed')
    this.#end()
    this.#closing = { restart: false }
    if (this.#world.trace !== null) this.#world.log(`${this.id} is stopped`)
    if (!this.#current!.writes.busy) this.#closed()
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
    this.#current!.over = true
    this.life++
    this.connections.end()
  }

  /** Stops by itself, rather than continue with a failing disk. */
  failed(why: string): void {
    if (this.#world.trace !== null) this.#world.log(`${this.id} stops: ${why}`)
    this.failure = why
    this.crash()
  }

  /** Stops by itself, because it was removed. */
  retire(why: string): void {
    if (this.#world.trace !== null) this.#world.log(`${this.id} stops: ${why}`)
    this.retired = true
    this.stoppedByItself = true
    this.crash()
  }

  /** Cancels a crash that waits for a write. */
  disarm(): void {
    if (this.#current !== null) this.#current.writes.crashPoint = 'now'
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
    this.loop.drift(rate)
  }

  /** Sets the wall clock. */
  stepWall(by: number): void {
    if (this.clock.stepWall(by)) this.loop.clockChanged()
  }

  // Its input.

  /** This process has dialled the other one, and each has accepted the other. */
  accepted(peer: Endpoint): void {
    this.#observer.accepted(this, peer as SimNode)
  }

  deliver(delivery: Delivery): void {
    this.arrive(delivery)
  }

  /** Queues an input for the runtime, which handles it in the node's next turn. */
  arrive(arrival: Arrival): void {
    if (this.up) this.loop.arrive(arrival)
  }

  /** A client's request. Calls `taken` when the runtime receives it. */
  request(taken: () => void, work: (replica: Replica<unknown>) => void): void {
    this.arrive(new Request(taken, work))
  }

  /** A message from a peer. */
  receive({ from, message }: Envelope): void {
    this.replica.receiver.receive(from, [message])
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
    const written = new Written(this.#current!.writes, failure)
    if (this.#closing === null) this.arrive(written)
    else written.enter(this)
  }

  /** Tells the runtime that its write has ended. */
  told(write: PendingWrite, failure: Error | null): void {
    write.ended(failure)
    if (this.#closing !== null && !write.busy) this.#closed()
  }

  resumedTransfer(): void {
    this.resumedTransfers++
  }
}

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
  type SnapshotTransferMessage,
} from '@oarlock/core'
import {
  type FoundingRule,
  foundersTable,
  isTransferMessage,
  type PeerEnvelope,
  RemovedError,
  Replica,
  type ReplicaIdentity,
  type ReplicaListener,
  restoredFrom,
  SnapshotDamagedError,
  type SnapshotSetting,
  StateMachineError,
  type StoreMachine,
  type StoreMessage,
  type StorePort,
} from '@oarlock/runtime'
import { type MemberLeases, ReplicatedStore, type StoreSettings } from '@oarlock/store'
import { canonical, type StateBytes } from '../machine/index.ts'
import { describeEvent, describePersist } from '../telling/index.ts'
import { type Random, Violation, type World } from '../world/index.ts'
import { Applying } from './applying.ts'
import { Completed, StorePiece, TransferPiece } from './arrival.ts'
import type { SimEventLoop } from './event-loop.ts'
import type { CoreObserver, Host } from './host.ts'
import { DiskFailure, LogPort } from './log-port.ts'
import { ObservedRaft } from './observed-raft.ts'
import type { Observer } from './observer.ts'
import { machineSection, SnapshotPort } from './snapshot-port.ts'
import { digestOfStep } from './step-fingerprint.ts'

/** The node that lives. */
export interface LifeHost extends Host {
  readonly place: number
  readonly loop: SimEventLoop
  readonly connections: Host['connections'] & { peersChanged(peers: ReadonlyMap<NodeId, unknown>): void }
  /** The additional time to apply a command, in ms, for a slow state machine. */
  readonly applyDelay: number
  /** The disk of its old self, which it lost, or null. */
  readonly formerDisk: object | null
  /** Stops by itself, rather than continue with a failing disk. */
  failed(why: string): void
  /** A broken transfer of a snapshot goes on. */
  resumedTransfer(): void
  /** Stops by itself, because it was removed. */
  retire(why: string): void
}

export interface LifeInit<Node extends LifeHost> {
  readonly node: Node
  readonly config: RaftConfig
  /** The configuration at the beginning of every log. */
  readonly founders: Configuration
  /** The founders by which members know their cluster. */
  readonly identities: readonly NodeId[]
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
  readonly snapshots: SnapshotProfile
  readonly stateBytes: StateBytes
  readonly storeSettings: StoreSettings
}

export interface SnapshotProfile {
  /** A snapshot is taken after this many applied entries. 0: never. */
  readonly compactAfter: number
  /** So many snapshots are kept, and the log from the oldest of them on. */
  readonly kept: number
  /** The most bytes of a snapshot that are sent to one member in a ms. */
  readonly transferRate: number
}

/** As `rejoin: 'replace'` of `join`. */
const rejoins = { address: null, as: 'voter', replaces: true } as const

/** The bytes of a chunk, and of the window. */
const CHUNK = 250
const WINDOW = 500
/** In election timeouts. On the slowest links a chunk takes longer, but is still accepted. */
const RETRY_AFTER = 1.5
const GIVE_UP_AFTER = 6

/** The bytes of a snapshot, about. */
const TYPICAL_SNAPSHOT = 1000

/** The requests of one life. Every life of every node has other numbers. */
const REQUESTS_A_LIFE = 1_000_000

export class Life<Node extends LifeHost> implements CoreObserver {
  readonly replica: Replica<unknown>
  /** The store beside the state machine. Null: a witness has none. */
  readonly store: ReplicatedStore | null
  leases: MemberLeases | null = null
  readonly writes: LogPort
  /** A snapshot that the core has handed out but that is not durable yet. */
  installing: SnapshotMeta | null = null
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
    this.store = init.config.witness || init.config.electionOnly ? null : new ReplicatedStore()
    this.#applying = new Applying(node.id, node.machine, (entry) => observer.applied(node, entry))
    try {
      this.replica = this.#newReplica()
      this.#connectStore()
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
      restored: restoredFrom(disk, founders, disk.snapshots.stored),
      log: disk.log,
      random: () => dice.next(),
      now: loop.now(),
    })
    const unique = this.#world.nextLife()
    return new Replica<unknown>({
      id,
      raft,
      log: this.writes,
      transport: { send: (envelopes) => this.#send(envelopes) },
      clock: loop,
      eventLoop: loop,
      applyCommand: (command, context) => {
        loop.busy += applyTime + node.applyDelay
        try {
          if (this.#lacksState)
            throw new Violation('APPLY', `${id} applies ${context.index}, and has no state`)
          if (this.#isRestoring) this.#applying.replayed(command, context, disk.log)
          else this.#applying.command(command, context)
        } catch (error) {
          throw this.noted(error)
        }
        return node.machine.result
      },
      ...(this.store === null ? {} : { store: this.#storeMachine(this.store) }),
      encodeResult: (result) => new TextEncoder().encode(canonical(result)),
      origin: Uint8Array.of(0, 0, 0, 0, unique >>> 24, unique >>> 16, unique >>> 8, unique),
      firstRequest: unique * REQUESTS_A_LIFE,
      timeout: proposeTimeout,
      readTimeout: proposeTimeout,
      sweepInterval: Math.min(config.heartbeatInterval, proposeTimeout),
      maxRequestBytes: config.maxMessageBytes,
      identity: this.#identity(raft.term > 0),
      members: foundersTable(raft.inspect().configuration),
      membersAtBeginning: foundersTable(founders),
      electionTimeout: config.electionTimeout,
      flow: {
        least: 200,
        queue: config.electionTimeout / 4,
        most: config.maxInflightBytes || Number.POSITIVE_INFINITY,
      },
      snapshots: this.#snapshots(),
      listener: this.#listener(),
    })
  }

  #storeMachine(store: ReplicatedStore): Pick<StoreMachine, 'apply' | 'section'> {
    const { applyTime } = this.#init
    const node = this.#node
    return {
      section: store.section,
      apply: (command, context) => {
        node.loop.busy += applyTime + node.applyDelay
        try {
          const answer = store.apply(command, context)
          this.#observer.storeApplied(node, context.index, command, answer)
          return answer
        } catch (error) {
          throw this.noted(error)
        }
      },
    }
  }

  #connectStore(): void {
    const { config, storeSettings } = this.#init
    const { replica } = this
    if (this.store === null) return
    const port: StorePort = {
      clock: this.#node.loop,
      electionTimeout: config.electionTimeout,
      clockRateTolerance: config.clockRateTolerance,
      get leadership() {
        return replica.tracker.current
      },
      get leader() {
        return replica.raft.leader
      },
      proposeOnce: (command, completion) => replica.proposeToStore(command, completion),
      send: (to, bytes) => replica.sendToStore(to, bytes),
    }
    this.leases = this.store.connect(port, storeSettings)
  }

  get #isRestoring(): boolean {
    return this.replica.snapshotter?.isRestoring === true
  }

  get #lacksState(): boolean {
    return (this.replica.snapshotter?.lacksState ?? null) !== null
  }

  #snapshots(): SnapshotSetting {
    const { config, snapshots, stateBytes } = this.#init
    const { compactAfter, kept, transferRate } = snapshots
    const node = this.#node
    const { log } = node.disk
    const { electionTimeout, witness } = config
    const section = machineSection(node, stateBytes, (index, state) => {
      try {
        node.machine.restore({ index, state })
        this.#observer.restored(node, { index, term: log.termAt(index)! })
      } catch (error) {
        throw this.noted(error)
      }
    })
    return {
      files: new SnapshotPort(node),
      log,
      sections: witness ? [] : [section],
      witness,
      policy: {
        everyBytes: Number.POSITIVE_INFINITY,
        everyEntries: compactAfter === 0 ? Number.POSITIVE_INFINITY : compactAfter,
        kept,
      },
      limits: {
        bytesPerSecond: transferRate * 1000,
        chunkBytes: CHUNK,
        windowBytes: WINDOW,
        retryAfter: RETRY_AFTER * electionTimeout,
        giveUpAfter: GIVE_UP_AFTER * electionTimeout,
      },
      listener: {
        restored: ({ index, term }) => {
          try {
            // A witness stores no state. It has a machine here, so that it is checked like the others.
            if (witness) {
              node.machine.restore({ index, state: stateBytes.at(index)! })
              this.#observer.restored(node, { index, term })
            } else this.#applying.restored(index, log)
          } catch (error) {
            throw this.noted(error)
          }
        },
        taking: ({ index }) => {
          if (witness) stateBytes.remember(index, node.machine.state)
        },
        compacted: (to) => {
          if (to.index > node.log.start.index) node.log.startAt(to)
        },
        resumed: () => node.resumedTransfer(),
        damaged: ({ meta }) => {
          if (this.#world.trace !== null)
            this.#world.log(`${node.id} finds its snapshot of ${meta.index} damaged`)
        },
        requesting: () => {
          if (this.#world.trace !== null) this.#world.log(`${node.id} has no state, and asks for a snapshot`)
        },
      },
    }
  }

  #identity(hasTerm: boolean): ReplicaIdentity {
    const { config, identities, founding, showsIdentities } = this.#init
    const node = this.#node
    const stored = node.disk.identity.open()
    const own = {
      id: config.id,
      cluster: 'simulated',
      incarnation: stored.incarnation,
      starts: stored.starts,
      founders: [...identities].sort(),
      purpose: config.electionOnly ? 'election' : 'replication',
      kind: config.witness ? 'witness' : 'full',
      electionTimeout: config.electionTimeout,
      ...(node.formerDisk === null ? {} : { joins: rejoins }),
    } as const
    return {
      own,
      stored,
      rule: founding,
      hasTakenPart: hasTerm || !showsIdentities,
      write: (record, done) => {
        const duration = node.disk.identity.write(record, (failed) =>
          node.arrive(new Completed(() => done(failed === null ? null : new DiskFailure(failed)))),
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
      peersChanged: (peers) => node.connections.peersChanged(peers),
      founded: () => this.#founded(),
      outcome: (outcome) => this.#observer.answered(node, outcome),
      read: (outcome) => this.#observer.readable(node, outcome),
      install: (snapshot) => this.#install(snapshot),
      storeMessage: (from, bytes) => this.store?.receive(from, bytes),
      turnEnded: () => this.store?.turnEnded(),
      failed: (cause) => {
        if (this.#world.failure !== null) throw this.#world.failure.error
        if (cause instanceof DiskFailure) return node.failed(cause.message)
        if (cause instanceof SnapshotDamagedError)
          throw this.noted(new Violation('ORD', `${node.id} cannot restore its state: ${cause.message}`))
        // Failures of the state machine under test are noted where they happen.
        if (cause instanceof StateMachineError)
          throw this.noted(new Violation('STORE', `${node.id} stops: ${cause.message}`, { cause }))
        if (cause instanceof RemovedError) return node.retire(cause.message)
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
    if (event.type === 'applied') {
      if (this.#lacksState) this.#applying.passedOver(event.index)
      else this.#applying.confirmed(event.index)
    }
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
  }

  /** The core has handed out effects. */
  taken(effects: Effects): void {
    const node = this.#node
    const { persist, apply } = effects
    if (persist !== null) {
      if (persist.snapshot !== null) {
        this.installing = persist.snapshot
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
    // The runtime sends the bytes of a snapshot instead.
    for (const envelope of effects.send)
      if (envelope.message.type === 'snapshot') this.#observer.leaving(node, envelope)
  }

  #send(envelopes: readonly PeerEnvelope[]): void {
    const node = this.#node
    if (this.over)
      throw this.noted(
        new Violation('STOP', `${node.id} sends ${envelopes[0]!.message.type} after it was stopped`),
      )
    try {
      for (const { from, to, message } of envelopes) {
        if (isTransferMessage(message)) {
          this.#carry(to, message)
          continue
        }
        if (message.type === 'store') {
          this.#sendToStore(to, message)
          continue
        }
        const envelope: Envelope = { from, to, message }
        this.#observer.leaving(node, envelope)
        const destination = node.connections.to(to)
        if (destination === null) node.network.onLost(envelope)
        else node.network.send(envelope, node.loop.busy, destination)
      }
    } catch (error) {
      throw this.noted(error)
    }
  }

  #sendToStore(to: NodeId, message: StoreMessage): void {
    const { id, network, connections } = this.#node
    const destination = connections.to(to)
    if (destination !== null) network.carry(id, to, new StorePiece(id, message), 0, destination)
  }

  #carry(to: NodeId, message: SnapshotTransferMessage): void {
    const { id, network, connections } = this.#node
    const destination = connections.to(to)
    if (destination === null) return
    const share = message.type === 'snapshotChunk' ? message.bytes.length / TYPICAL_SNAPSHOT : 0
    network.carry(id, to, new TransferPiece(id, message), share, destination)
  }

  #install(snapshot: SnapshotMeta): void {
    const node = this.#node
    try {
      this.#applying.installed(snapshot)
      this.#observer.installed(node, snapshot)
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

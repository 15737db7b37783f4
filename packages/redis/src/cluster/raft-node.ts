// This instance's Raft node in one cluster: an election-only core, its driver, and a log in memory.
import {
  emptyHardState,
  type MembershipChange,
  type Millis,
  membersOf,
  type NodeId,
  Raft,
  type RaftConfig,
  type RaftView,
  staticVoters,
} from '@oarlock/core'
import {
  type Clock,
  Driver,
  logWriterOf,
  type MessageReceiver,
  type OpenedLog,
  raftMessages,
  restoredFrom,
  type Transport,
} from '@oarlock/runtime'
import { MemoryLogStore } from 'oarlock'
import { nodeEventLoop } from 'oarlock/node'
import type { ClusterIdentity } from './registry.ts'

export interface RaftNodeListener {
  /** A turn has ended: role, leader, term and members may have changed. */
  turnEnded(): void
  /** The core has stopped, because it could not continue safely. */
  failed(cause: unknown): void
}

export interface RaftNodeInit {
  readonly cluster: ClusterIdentity
  readonly config: RaftConfig
  /**
   * For how long it helps no candidate, itself included, from its start, in ms (ARCHITECTURE.md, "Why there are
   * never two leaders").
   */
  readonly promise: Millis
  readonly transport: Transport<MessageReceiver>
  readonly clock: Clock
  readonly random: () => number
  readonly listener: RaftNodeListener
}

export class RaftNode {
  readonly cluster: ClusterIdentity
  readonly raft: Raft
  readonly driver: Driver
  readonly #clock: Clock
  readonly #transport: Transport<MessageReceiver>
  readonly #store: MemoryLogStore
  readonly #heardAt = new Map<NodeId, Millis>()

  private constructor(init: RaftNodeInit, store: MemoryLogStore, opened: OpenedLog) {
    const { cluster, config, transport, clock, random, listener } = init
    this.cluster = cluster
    this.#clock = clock
    this.#transport = transport
    this.#store = store
    this.raft = new Raft({
      config,
      restored: restoredFrom(opened, staticVoters(cluster.founders)),
      log: opened.log,
      random,
      now: clock.now(),
    })
    this.driver = new Driver({
      raft: this.raft,
      id: config.id,
      log: logWriterOf(store),
      transport,
      clock,
      eventLoop: nodeEventLoop,
      listener: {
        turnEnding() {},
        role() {},
        outcome() {},
        read() {},
        apply() {},
        install() {},
        idle: () => listener.turnEnded(),
        failed: (cause) => listener.failed(cause),
      },
    })
  }

  static async start(init: RaftNodeInit): Promise<RaftNode> {
    const store = new MemoryLogStore({ ...emptyHardState, promise: init.promise })
    const node = new RaftNode(init, store, await store.open())
    await init.transport.open(node.#receiver())
    node.driver.start()
    return node
  }

  #receiver(): MessageReceiver {
    return {
      receive: (from, messages) => {
        this.#heardAt.set(from, this.#now)
        this.driver.receive(from, raftMessages(messages))
      },
      unreachable: (peer) => this.driver.unreachable(peer),
    }
  }

  /** For how long no message has come from this peer. */
  silentFor(peer: NodeId): Millis {
    return this.#now - (this.#heardAt.get(peer) ?? Number.NEGATIVE_INFINITY)
  }

  get #now(): Millis {
    return this.#clock.now()
  }

  view(): RaftView {
    return this.raft.inspect(this.#now)
  }

  get members(): readonly NodeId[] {
    return membersOf(this.view().configuration)
  }

  reconfigure(change: MembershipChange): void {
    const { configurationIndex: expected } = this.view()
    this.driver.step({ type: 'reconfigure', request: 0, change, expected })
  }

  /** Starts an election at once, unless a promise forbids it. */
  campaign(): void {
    this.driver.step({ type: 'campaign' })
  }

  stepDown(): void {
    this.driver.step({ type: 'stepDown' })
  }

  async stop(): Promise<void> {
    this.driver.stop()
    await this.#transport.close()
    await this.#store.close()
  }
}

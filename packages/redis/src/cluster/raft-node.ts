// One instance's part in one cluster: a core that only elects, its log in memory, and the loop around them.
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
  term,
} from '@oarlock/core'
import {
  type Clock,
  Driver,
  logWriterOf,
  type OpenedLog,
  restoredFrom,
  type Transport,
  type TransportReceiver,
} from '@oarlock/runtime'
import { MemoryLogStore } from 'oarlock'
import { nodeEventLoop } from 'oarlock/node'
import type { ClusterIdentity } from './registry.ts'

export interface RaftNodeListener {
  /** A turn is over: role, leader, term and members may be others. */
  settled(): void
  /** The core cannot go on safely. It has stopped. */
  failed(cause: unknown): void
}

export interface RaftNodeInit {
  readonly cluster: ClusterIdentity
  readonly config: RaftConfig
  readonly transport: Transport
  readonly clock: Clock
  readonly random: () => number
  readonly listener: RaftNodeListener
}

export class RaftNode {
  readonly cluster: ClusterIdentity
  readonly raft: Raft
  readonly driver: Driver
  readonly #clock: Clock
  readonly #transport: Transport
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
        idle: () => listener.settled(),
        failed: (cause) => listener.failed(cause),
      },
    })
  }

  /**
   * It begins in a term after the first: so it is, for the core, a node that was there before, which votes for nobody for one election
   * timeout. That is what founders have to wait for (ARCHITECTURE.md, "Why there are never two leaders").
   */
  static async start(init: RaftNodeInit): Promise<RaftNode> {
    const store = new MemoryLogStore({ ...emptyHardState, term: term(1) })
    const node = new RaftNode(init, store, await store.open())
    await init.transport.open(node.#receiver())
    node.driver.schedule()
    return node
  }

  #receiver(): TransportReceiver {
    return {
      receive: (from, messages) => {
        this.#heardAt.set(from, this.#now)
        this.driver.receive(from, messages)
      },
      unreachable: (peer) => this.driver.unreachable(peer),
    }
  }

  /** For how long nothing was heard from it. */
  silence(peer: NodeId): Millis {
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

  /** Stands at once, if no promise forbids it: somebody has to be the first. */
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

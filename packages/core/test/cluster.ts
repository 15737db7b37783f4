// A small cluster of real cores for tests: one clock, a network that delivers at once unless told otherwise,
// and disks that write at once unless held back.
import {
  type Configuration,
  completeConfig,
  type Effects,
  type Entry,
  type Envelope,
  emptyHardState,
  type HardState,
  type Index,
  index,
  type MembershipChange,
  MemoryLog,
  type NodeId,
  type Persist,
  type ProposalOutcome,
  Raft,
  type RaftConfig,
  type ReadOutcome,
  type ReadPolicy,
  type SnapshotMeta,
} from '@oarlock/core'
import { staticVoters } from '../src/membership/configuration.ts'

const text = new TextEncoder()

export class TestNode {
  readonly applied: Entry[] = []
  readonly outcomes: ProposalOutcome[] = []
  readonly reads: ReadOutcome[] = []
  readonly log: MemoryLog = new MemoryLog()
  hardState: HardState = emptyHardState
  raft!: Raft
  /** Writes that were taken and not yet carried out, oldest first. */
  readonly pendingWrites: Persist[] = []
  /** Set: writes wait until `finishWrites`. */
  holdWrites = false
  up = true
}

export class TestCluster {
  now = 0
  readonly nodes: Map<NodeId, TestNode> = new Map()
  #config: Partial<RaftConfig> & Pick<RaftConfig, 'electionTimeout'>
  readonly #own: Readonly<Record<NodeId, Partial<RaftConfig>>>
  readonly #ids: NodeId[] = []
  /** The configuration that the log begins with, at every node: its entries change it from there. */
  readonly #founders: Configuration
  readonly #queue: Envelope[] = []
  /** What the state machines held at each snapshot: its bytes are the runtime's to move, not the core's. */
  readonly #states: Map<Index, readonly Entry[]> = new Map()
  /** Returns false for what is lost. */
  deliver: (envelope: Envelope) => boolean = () => true
  /** Everything that was sent, in order. */
  readonly sent: Envelope[] = []

  /** `own`: what one node is configured with besides. */
  constructor(
    ids: readonly NodeId[],
    config: Partial<RaftConfig> = {},
    own: Readonly<Record<NodeId, Partial<RaftConfig>>> = {},
    founders: Configuration = staticVoters(ids),
  ) {
    this.#own = own
    this.#config = { electionTimeout: 100, heartbeatInterval: 20, ...config }
    this.#ids.push(...ids)
    this.#founders = founders
    for (const id of ids) this.#start(id)
  }

  /** Starts a node that is no member yet: it waits for a leader. */
  add(id: NodeId): void {
    this.#ids.push(id)
    this.#start(id)
  }

  #start(id: NodeId): void {
    this.nodes.set(id, new TestNode())
    this.restart(id)
  }

  node(id: NodeId): TestNode {
    return this.nodes.get(id)!
  }

  raft(id: NodeId): Raft {
    return this.node(id).raft
  }

  get leader(): NodeId | null {
    for (const [id, { raft, up }] of this.nodes) if (up && raft.role === 'leader') return id
    return null
  }

  crash(id: NodeId): void {
    this.node(id).up = false
    this.node(id).pendingWrites.length = 0
  }

  restart(id: NodeId): void {
    const node = this.node(id)
    const { snapshot } = node.log
    node.up = true
    node.applied.splice(0, Number.POSITIVE_INFINITY, ...this.#stateAt(snapshot))
    const place = this.#ids.indexOf(id)
    node.raft = new Raft({
      config: completeConfig({ ...this.#config, ...this.#own[id], id }),
      restored: {
        hardState: node.hardState,
        configuration: snapshot?.configuration ?? this.#founders,
        applied: snapshot?.index ?? index(0),
      },
      log: node.log,
      random: () => place / this.#ids.length,
      now: this.now,
    })
  }

  #stateAt(snapshot: SnapshotMeta | null): readonly Entry[] {
    return snapshot === null ? [] : this.#states.get(snapshot.index)!
  }

  /** From the next restart of each node on. */
  reconfigured(config: Partial<RaftConfig>): void {
    this.#config = { ...this.#config, ...config }
  }

  /** Lets time pass in steps of 1 ms, everything delivered in between. */
  pass(ms: number, only: readonly NodeId[] = this.#ids): void {
    for (let i = 0; i < ms; i++) {
      this.now++
      for (const id of only) if (this.node(id).up) this.raft(id).step({ type: 'tick' }, this.now)
      this.runEffects()
    }
  }

  /** Nodes that have just started promise to wait: the first election of a cluster is after that. */
  elect(id: NodeId): void {
    if (this.now === 0) this.now = this.#config.electionTimeout
    this.raft(id).step({ type: 'campaign' }, this.now)
    this.runEffects()
  }

  propose(id: NodeId, command: string, request: number | null = null): void {
    this.raft(id).step(
      { type: 'propose', request, entries: [{ type: 'normal', data: text.encode(command) }] },
      this.now,
    )
    this.runEffects()
  }

  /**
   * Changes the membership; `expected` is the configuration in force at `id` unless given. Returns the
   * outcome, if it is there.
   */
  reconfigure(
    id: NodeId,
    change: MembershipChange,
    expected: Index = this.raft(id).inspect().configurationIndex,
  ): ProposalOutcome | undefined {
    const { raft, outcomes } = this.node(id)
    const before = outcomes.length
    raft.step({ type: 'reconfigure', request: before, change, expected }, this.now)
    this.runEffects()
    return outcomes[before]
  }

  read(id: NodeId, request: number, policy: ReadPolicy = 'quorum'): void {
    this.raft(id).step({ type: 'read', request, policy }, this.now)
    this.runEffects()
  }

  receive(to: NodeId, envelope: Pick<Envelope, 'from' | 'message'>): void {
    this.raft(to).step({ type: 'receive', ...envelope }, this.now)
    this.runEffects()
  }

  /** Replaces everything that is applied at `id` by a snapshot. */
  compact(id: NodeId): SnapshotMeta {
    const { raft, log, applied } = this.node(id)
    const { configuration, applied: at } = raft.inspect()
    const snapshot = { index: at, term: log.termAt(at)!, configuration }
    this.#states.set(at, [...applied])
    log.compact(snapshot)
    return snapshot
  }

  /** Carries out effects until nothing is left to do. */
  runEffects(): void {
    for (let busy = true; busy; ) {
      busy = false
      for (const node of this.nodes.values()) {
        while (node.up && node.raft.hasEffects) {
          busy = true
          this.#carryOut(node, node.raft.take())
        }
      }
      for (let envelope = this.#queue.shift(); envelope; envelope = this.#queue.shift()) {
        busy = true
        const { from, to, message } = envelope
        if (!this.nodes.get(to)?.up || (from !== to && !this.deliver(envelope))) continue
        this.raft(to).step({ type: 'receive', from, message }, this.now)
      }
    }
  }

  #carryOut(node: TestNode, { send, persist, apply, proposals, reads }: Effects): void {
    this.#send(send)
    if (persist !== null) {
      node.pendingWrites.push(persist)
      if (!node.holdWrites) this.#write(node)
    }
    node.outcomes.push(...proposals)
    node.reads.push(...reads)
    node.applied.push(...apply)
    const last = apply.at(-1)
    if (last) node.raft.step({ type: 'applied', index: last.index }, this.now)
  }

  #send(envelopes: readonly Envelope[]): void {
    this.sent.push(...envelopes)
    this.#queue.push(...envelopes)
  }

  #write(node: TestNode): void {
    for (const persist of node.pendingWrites.splice(0)) {
      if (persist.hardState) node.hardState = persist.hardState
      if (persist.snapshot) {
        node.log.restore(persist.snapshot)
        node.applied.splice(0, Number.POSITIVE_INFINITY, ...this.#stateAt(persist.snapshot))
      }
      node.log.append(persist.entries)
      this.#send(persist.thenSend)
      node.raft.step({ type: 'persisted', write: persist.write }, this.now)
    }
  }

  finishWrites(id: NodeId): void {
    this.#write(this.node(id))
    this.runEffects()
  }

  held(id: NodeId): boolean {
    const { raft, up } = this.node(id)
    return up && raft.role === 'leader' && this.now < raft.leaseDeadline
  }
}

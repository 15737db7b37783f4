// A small cluster of real cores for tests: one clock, a network that delivers at once unless told otherwise, disks that
// write at once unless held.
import {
  type Effects,
  type Entry,
  type Envelope,
  emptyHardState,
  type HardState,
  index,
  MemoryLog,
  type NodeId,
  type Persist,
  type ProposalOutcome,
  Raft,
  type RaftConfig,
} from '@oarlock/core'
import { staticVoters } from '../src/membership/configuration.ts'

const text = new TextEncoder()

export class TestNode {
  readonly applied: Entry[] = []
  readonly outcomes: ProposalOutcome[] = []
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
  readonly #config: Partial<RaftConfig>
  readonly #ids: readonly NodeId[]
  readonly #queue: Envelope[] = []
  /** Returns false for what is lost. */
  deliver: (envelope: Envelope) => boolean = () => true
  /** Everything that was sent, in order. */
  readonly sent: Envelope[] = []

  constructor(ids: readonly NodeId[], config: Partial<RaftConfig> = {}) {
    this.#ids = ids
    this.#config = { electionTimeout: 100, heartbeatInterval: 20, ...config }
    for (const id of ids) {
      this.nodes.set(id, new TestNode())
      this.restart(id)
    }
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
    node.up = true
    node.applied.length = 0
    node.raft = new Raft({
      config: { ...this.#config, id },
      restored: { hardState: node.hardState, configuration: staticVoters(this.#ids), applied: index(0) },
      log: node.log,
      random: () => this.#ids.indexOf(id) / this.#ids.length,
      now: this.now,
    })
  }

  /** Lets time pass in steps of 1 ms, everything delivered in between. */
  pass(ms: number, only: readonly NodeId[] = this.#ids): void {
    for (let i = 0; i < ms; i++) {
      this.now++
      for (const id of only) if (this.node(id).up) this.raft(id).step({ type: 'tick' }, this.now)
      this.settle()
    }
  }

  elect(id: NodeId): void {
    this.raft(id).step({ type: 'campaign' }, this.now)
    this.settle()
  }

  propose(id: NodeId, command: string, request: number | null = null): void {
    this.raft(id).step(
      { type: 'propose', request, entries: [{ type: 'normal', data: text.encode(command) }] },
      this.now,
    )
    this.settle()
  }

  receive(to: NodeId, envelope: Pick<Envelope, 'from' | 'message'>): void {
    this.raft(to).step({ type: 'receive', ...envelope }, this.now)
    this.settle()
  }

  /** Carries out effects until nothing is left to do. */
  settle(): void {
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
        if (!this.node(to).up || (from !== to && !this.deliver(envelope))) continue
        this.raft(to).step({ type: 'receive', from, message }, this.now)
      }
    }
  }

  #carryOut(node: TestNode, { send, persist, apply, proposals }: Effects): void {
    this.#send(send)
    if (persist !== null) {
      node.pendingWrites.push(persist)
      if (!node.holdWrites) this.#write(node)
    }
    node.outcomes.push(...proposals)
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
      node.log.append(persist.entries)
      this.#send(persist.thenSend)
      node.raft.step({ type: 'persisted', write: persist.write }, this.now)
    }
  }

  finishWrites(id: NodeId): void {
    this.#write(this.node(id))
    this.settle()
  }

  held(id: NodeId): boolean {
    const { raft, up } = this.node(id)
    return up && raft.role === 'leader' && this.now < raft.leaseDeadline
  }
}

// Several Raftq in one process, with a fake clock and a pipe that delivers at once, as JSON, unless a test
// changes that.

import type { RaftEventType, RaftMessageType, RaftNodeId, RaftPersistentData } from '@oarlock/raftq'
import { type Platform, Raftq, type RaftqOptions, RaftRole } from '@oarlock/raftq'

type WireEvent = 'voteRequest' | 'voteResponse' | 'syncData' | 'dataResponse'
const receivedAs = {
  voteRequest: 'voteRequestReceived',
  voteResponse: 'voteResponseReceived',
  syncData: 'dataReceived',
  dataResponse: 'dataResponseReceived',
} as const

export interface Sent {
  readonly event: WireEvent
  readonly from: string
  readonly to: string
  readonly body: RaftMessageType[WireEvent]
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

export interface TestNode {
  readonly raft: Raftq
  readonly logs: string[]
  readonly roles: number[]
  readonly conflicts: string[]
  up: boolean
}

/** Runs everything that is ready without time passing. */
export const runReady = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class Pipe {
  now = 0
  readonly nodes: Map<string, TestNode> = new Map()
  readonly disks: Map<string, string> = new Map()
  readonly sent: Sent[] = []
  /** Returns false for a message that is lost. */
  deliver: (message: Sent) => boolean = () => true
  /** A persist is done only after this resolves. */
  beforePersist: (id: string) => Promise<void> = async () => {}
  readonly #options: Partial<RaftqOptions>
  #timers: Timer[] = []
  #order = 0
  /** The number of timers that were due at the same time. */
  #atOnce = 0
  #seed: number

  constructor(options: Partial<RaftqOptions> = {}, seed = 1) {
    this.#options = options
    this.#seed = seed
  }

  /** The requested waits of all timers. */
  readonly waits: number[] = []

  readonly platform: Platform = {
    now: () => this.now,
    setTimer: (run, ms) => {
      this.waits.push(ms)
      const timer = { at: this.now + ms, order: this.#order++, run }
      this.#timers.push(timer)
      return () => {
        this.#timers = this.#timers.filter((each) => each !== timer)
      }
    },
    random: () => {
      this.#seed = (this.#seed * 48271) % 2147483647
      return this.#seed / 2147483647
    },
    mint: () => `m${(this.#order++).toString(36).padStart(4, '0')}`,
  }

  get timersLeft(): number {
    return this.#timers.length
  }

  protected newRaftq(options: RaftqOptions): Raftq {
    return new Raftq(options)
  }

  /** Makes a node without starting it. */
  make(id: RaftNodeId, options: Partial<RaftqOptions> = {}): Raftq {
    const name = String(id)
    const raft = this.newRaftq({
      persistAgent: {
        persist: async (of, data) => {
          await this.beforePersist(String(of.id))
          // Writes of a crashed node are lost.
          if (node.up && this.node(id) === node) this.disks.set(String(of.id), JSON.stringify(data))
        },
        restore: async (of) => this.disk(of.id),
      },
      platform: this.platform,
      ...this.#options,
      ...options,
    })
    const node: TestNode = { raft, logs: [], roles: [], conflicts: [], up: true }
    this.nodes.set(name, node)
    raft.subscribe('log', ({ message }) => node.logs.push(message))
    raft.subscribe('roleChanged', (role) => node.roles.push(role))
    raft.subscribe('clusterConflict', ({ message }) => node.conflicts.push(message))
    for (const event of Object.keys(receivedAs) as WireEvent[])
      raft.subscribe(event, (body) =>
        this.#carry({ event, from: name, to: String(body.destination.id), body }),
      )
    return raft
  }

  #carry(message: Sent): void {
    this.sent.push(message)
    if (this.nodes.get(message.from)?.up && this.deliver(message)) this.hand(message)
  }

  /** Delivers the message, whatever `deliver` says. */
  hand({ event, to, body }: Sent): void {
    const node = this.nodes.get(to)
    // A pipe carries text.
    if (node?.up) node.raft.dispatch(receivedAs[event] as RaftEventType, JSON.parse(JSON.stringify(body)))
  }

  disk(id: RaftNodeId): RaftPersistentData | undefined {
    const text = this.disks.get(String(id))
    return text === undefined ? undefined : JSON.parse(text)
  }

  node(id: RaftNodeId): TestNode {
    return this.nodes.get(String(id))!
  }

  raft(id: RaftNodeId): Raftq {
    return this.node(id).raft
  }

  /** Makes the nodes, announces them to one another, and starts them. */
  async start(ids: readonly RaftNodeId[], options: Partial<RaftqOptions> = {}): Promise<void> {
    for (const id of ids) this.make(id, options)
    await Promise.all(ids.map((id) => this.begin(id, ids)))
  }

  async begin(id: RaftNodeId, known: readonly RaftNodeId[] = []): Promise<void> {
    const raft = this.raft(id)
    for (const other of known) if (other !== id) raft.dispatch('ackNode', { id: other, time: 1 })
    await raft.dispatch('serviceStarted', { node: { id, time: 1 } })
  }

  /** Like a power cut: only the persisted document remains. */
  crash(id: RaftNodeId): void {
    this.node(id).up = false
    void this.raft(id).destroy()
  }

  async restart(
    id: RaftNodeId,
    known: readonly RaftNodeId[] = [],
    options: Partial<RaftqOptions> = {},
  ): Promise<void> {
    this.make(id, options)
    await this.begin(id, known)
  }

  /** Lets time pass, from timer to timer. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    await runReady()
    for (;;) {
      const due = this.#timers
        .filter(({ at }) => at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((each) => each !== due)
      if (due.at <= this.now && ++this.#atOnce > 10_000)
        throw new Error(`time stands still at ${this.now}: ${due.run}`)
      if (due.at > this.now) this.#atOnce = 0
      this.now = Math.max(this.now, due.at)
      due.run()
      await runReady()
    }
    this.now = end
  }

  /** Lets time pass until the condition holds. False if it did not within `ms`. */
  async until(holds: () => boolean, ms = 20_000): Promise<boolean> {
    for (const end = this.now + ms; this.now < end; ) {
      if (holds()) return true
      await this.pass(10)
    }
    return holds()
  }

  get leaders(): string[] {
    return [...this.nodes]
      .filter(([, { raft, up }]) => up && raft.getRole() === RaftRole.LEADER)
      .map(([id]) => id)
  }

  get leader(): string {
    const [leader, ...others] = this.leaders
    if (leader === undefined || others.length > 0)
      throw new Error(`leaders: ${this.leaders.join(', ') || 'none'}`)
    return leader
  }

  /** All nodes that are up have this value. */
  agrees(value: unknown): boolean {
    const text = JSON.stringify(value)
    return [...this.nodes.values()].every(({ raft, up }) => !up || JSON.stringify(raft.getData()) === text)
  }

  async destroy(): Promise<void> {
    const all = Promise.all([...this.nodes.values()].map(({ raft }) => raft.destroy()))
    await this.pass(5_000)
    await all
  }

  /** Splits the nodes into two groups: these, and the others. */
  split(...ids: RaftNodeId[]): void {
    const names = ids.map(String)
    this.deliver = ({ from, to }) => names.includes(from) === names.includes(to)
  }

  /** Cuts these nodes off from all others. */
  isolate(...ids: RaftNodeId[]): void {
    const names = ids.map(String)
    this.deliver = ({ from, to }) => !names.includes(from) && !names.includes(to)
  }

  heal(): void {
    this.deliver = () => true
  }
}

// One node: raftq with a BroadcastChannel as its pipe, a document in IndexedDB, and timers that keep running
// in a hidden tab. A tab runs its own node and, for a while, the nodes of tabs that are gone (orphans.ts).
import { type RaftEventType, type RaftNode, Raftq, RaftRole, standardPlatform } from '@oarlock/raftq'
import { setTimer } from './clock.ts'
import type { OwnDocument } from './documents.ts'

/** The events to send, each with the event that the receiver dispatches. */
const pipe = {
  voteRequest: 'voteRequestReceived',
  voteResponse: 'voteResponseReceived',
  syncData: 'dataReceived',
  dataResponse: 'dataResponseReceived',
} as const satisfies Partial<Record<RaftEventType, RaftEventType>>

/** Milliseconds. A page may be busy for a moment, which must not cost it the leadership. */
const times = { heartbeat: 250, minimumElectionTime: 1000, maximumElectionTime: 2000 }

/** The replicated value. */
export interface Value {
  readonly text: string
  /** The node that set it. */
  readonly by: string
}

export interface NodeInit {
  readonly id: string
  readonly document: OwnDocument
  /** Once it aborts, the node is silent. */
  readonly signal: AbortSignal
  /** Without it the node does not bootstrap a cluster. */
  readonly foundingWait?: number
  readonly onLog: (message: string) => void
  readonly onConflict: (message: string) => void
  /** The role may have changed. */
  readonly onChange: () => void
}

export class Node {
  readonly id: string
  /** Resolves once the node is no longer a member, after `leave`. */
  readonly left: Promise<void>
  readonly #raft: Raftq
  readonly #node: RaftNode
  readonly #signal: AbortSignal
  #term: number

  constructor(init: NodeInit) {
    const { id, document, signal, foundingWait = Number.MAX_SAFE_INTEGER } = init
    this.id = id
    this.#node = { id, time: Date.now() }
    this.#signal = signal
    this.#term = document.content?.term ?? 0
    this.#raft = new Raftq({
      ...times,
      foundingWait,
      platform: { ...standardPlatform, setTimer },
      persistAgent: {
        restore: async () => document.content,
        persist: (_node, data) => {
          this.#term = data.term
          return document.write(data)
        },
      },
    })
    this.left = new Promise((resolve) => this.#raft.subscribe('serviceLeft', () => resolve()))
    this.#raft.subscribe('log', ({ message }) => {
      if (!signal.aborted) init.onLog(message)
    })
    this.#raft.subscribe('clusterConflict', ({ message }) => init.onConflict(message))
    this.#raft.subscribe('roleChanged', () => init.onChange())
    this.#connect()
  }

  /**
   * A BroadcastChannel delivers to all others of its name, also in this tab. Each node takes the messages for
   * itself.
   */
  #connect(): void {
    const channel = new BroadcastChannel('oarlock-tabs/raft')
    for (const [sent, received] of Object.entries(pipe) as [keyof typeof pipe, RaftEventType][])
      this.#raft.subscribe(sent, (message) => {
        if (!this.#signal.aborted) channel.postMessage({ received, message })
      })
    channel.addEventListener('message', ({ data: { received, message } }) => {
      if (message.destination.id === this.id) this.#raft.dispatch(received, message)
    })
    this.#signal.addEventListener('abort', () => {
      channel.close()
      this.#raft.destroy()
    })
  }

  start(): Promise<void> {
    return this.#raft.dispatch('serviceStarted', { node: this.#node })
  }

  /** A tab of that name exists, or does not exist any more. */
  acknowledge(id: string, isPresent: boolean): void {
    if (id !== this.id) this.#raft.dispatch('ackNode', { id, time: isPresent ? Date.now() : 0 })
  }

  /** No other node leads at this moment. */
  get leads(): boolean {
    return this.#raft.getRole() === RaftRole.LEADER
  }

  get isCandidate(): boolean {
    return this.#raft.getRole() === RaftRole.CANDIDATE
  }

  get leader(): string | null {
    const leader = this.#raft.getLeader()
    return leader === null ? null : String(leader)
  }

  get term(): number {
    return this.#term
  }

  /** Null before the first value. */
  get value(): Value | null {
    const value = this.#raft.getData() as Partial<Value>
    return value.text === undefined ? null : (value as Value)
  }

  /** Resolves when the value is committed, or rejects with a RaftqError that says what became of it. */
  set(text: string): Promise<void> {
    return this.#raft.dispatch('replicateData', { text, by: this.id } satisfies Value)
  }

  /** If this node leads, another one takes over without an election timeout. This node stays a member. */
  transfer(): void {
    this.#raft.dispatch('serviceCrashed', { reason: 'its tab is closed' })
  }

  /** Asks the cluster to remove this node. */
  leave(): void {
    this.#node.time = 0
    this.#raft.dispatch('serviceCrashed', { reason: 'its tab is gone' })
  }

  get isLeaving(): boolean {
    return this.#node.time === 0
  }
}

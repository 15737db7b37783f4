// One node: raftq, a BroadcastChannel as its pipe, a document in IndexedDB as its memory, and timers that a hidden tab keeps. A tab runs
// its own, and for a while those of tabs that are gone (orphans.ts).
import { type RaftEventType, type RaftNode, Raftq, RaftRole, standardPlatform } from '@oarlock/raftq'
import { setTimer } from './clock.ts'
import type { OwnDocument } from './documents.ts'

/** What is sent, and what the other side dispatches. */
const pipe = {
  voteRequest: 'voteRequestReceived',
  voteResponse: 'voteResponseReceived',
  syncData: 'dataReceived',
  dataResponse: 'dataResponseReceived',
} as const satisfies Partial<Record<RaftEventType, RaftEventType>>

/** Milliseconds. A page may be busy for a moment; that alone must not depose it. */
const times = { heartbeat: 250, minimumElectionTime: 1000, maximumElectionTime: 2000 }

/** What is replicated. */
export interface Value {
  readonly text: string
  /** The node that set it. */
  readonly by: string
}

export interface NodeInit {
  readonly id: string
  readonly document: OwnDocument
  /** When it aborts the node is silent from that moment on. */
  readonly life: AbortSignal
  /** Without it the node founds no cluster. */
  readonly foundingWait?: number
  readonly onLog: (message: string) => void
  readonly onConflict: (message: string) => void
  /** Its role may be another one: look. */
  readonly onChange: () => void
}

export class Node {
  readonly id: string
  /** Resolves when it is a member no more, after `leave`. */
  readonly left: Promise<void>
  readonly #raft: Raftq
  readonly #node: RaftNode
  readonly #life: AbortSignal
  #term: number

  constructor(init: NodeInit) {
    const { id, document, life, foundingWait = Number.MAX_SAFE_INTEGER } = init
    this.id = id
    this.#node = { id, time: Date.now() }
    this.#life = life
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
      if (!life.aborted) init.onLog(message)
    })
    this.#raft.subscribe('clusterConflict', ({ message }) => init.onConflict(message))
    this.#raft.subscribe('roleChanged', () => init.onChange())
    this.#connect()
  }

  /** BroadcastChannel carries a message to every other one of its name, in this tab too: each takes what is for its node. */
  #connect(): void {
    const channel = new BroadcastChannel('oarlock-tabs/raft')
    for (const [sent, received] of Object.entries(pipe) as [keyof typeof pipe, RaftEventType][])
      this.#raft.subscribe(sent, (message) => {
        if (!this.#life.aborted) channel.postMessage({ received, message })
      })
    channel.addEventListener('message', ({ data: { received, message } }) => {
      if (message.destination.id === this.id) this.#raft.dispatch(received, message)
    })
    this.#life.addEventListener('abort', () => {
      channel.close()
      this.#raft.destroy()
    })
  }

  start(): Promise<void> {
    return this.#raft.dispatch('serviceStarted', { node: this.#node })
  }

  /** There is a tab of that name, or there is none any more. */
  acknowledge(id: string, isThere: boolean): void {
    if (id !== this.id) this.#raft.dispatch('ackNode', { id, time: isThere ? Date.now() : 0 })
  }

  /** Nobody else leads at this moment. */
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

  /** Null before the first. */
  get value(): Value | null {
    const value = this.#raft.getData() as Partial<Value>
    return value.text === undefined ? null : (value as Value)
  }

  /** Resolves when it is committed; rejects with a RaftqError that says what became of it. */
  set(text: string): Promise<void> {
    return this.#raft.dispatch('replicateData', { text, by: this.id } satisfies Value)
  }

  /** If it leads another one is to lead, at once: no election timeout has to pass. It stays a member. */
  handOver(): void {
    this.#raft.dispatch('serviceCrashed', { reason: 'its tab is closed' })
  }

  /** It wants to be a member no more. */
  leave(): void {
    this.#node.time = 0
    this.#raft.dispatch('serviceCrashed', { reason: 'its tab is gone' })
  }

  get isLeaving(): boolean {
    return this.#node.time === 0
  }
}

// The port to the application's disk.
import type { RaftNode, RaftNodeId } from '../wire/index.ts'

/** What the persist agent is given: JSON-safe, and one whole document each time. */
export type RaftPersistentData = {
  term: number
  votedFor: RaftNodeId | null
  // biome-ignore lint/suspicious/noExplicitAny: any JSON value
  data: any
  /** What Oarlock needs besides: see document.ts. Documents of raftq itself lack it. */
  oarlock?: unknown
}

export interface RaftPersistAgent {
  /** Resolves when `data` is durable, and replaces all that was there. It must not be half there after a crash: write aside, then rename. */
  persist(node: RaftNode, data: RaftPersistentData): Promise<void>
  /** What was persisted last for this node, or nothing. */
  restore(node: RaftNode): Promise<RaftPersistentData | null | undefined>
}

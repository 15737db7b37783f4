// The port to the application's storage.
import type { RaftNode, RaftNodeId } from '../wire/index.ts'

/** The document that the persist agent stores: JSON, and the whole state each time. */
export type RaftPersistentData = {
  term: number
  votedFor: RaftNodeId | null
  // biome-ignore lint/suspicious/noExplicitAny: any JSON value
  data: any
  /** The state that Oarlock restores (document.ts). Documents of raftq itself lack it. */
  oarlock?: unknown
}

export interface RaftPersistAgent {
  /**
   * Replaces the node's document and resolves when `data` is durable. A crash must not leave half a document:
   * write to a temporary file, then rename it.
   */
  persist(node: RaftNode, data: RaftPersistentData): Promise<void>
  /** The last document of this node, or nothing if there is none. */
  restore(node: RaftNode): Promise<RaftPersistentData | null | undefined>
}

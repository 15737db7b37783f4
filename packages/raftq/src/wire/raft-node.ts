// A node, as the application names it.

/** A node's name, unique in its cluster. 1 and '1' are the same node. */
export type RaftNodeId = string | number

/** A node as the application knows it. Further fields (an address, say) are kept, and told to the other nodes. */
export type RaftNode = {
  id: RaftNodeId
  /** When it started; 0: it has left. */
  time?: number
}

export const isNodeId = (id: unknown): id is RaftNodeId =>
  (typeof id === 'string' && id !== '') || (typeof id === 'number' && Number.isFinite(id))

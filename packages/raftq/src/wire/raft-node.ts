// A node, as the application names it.

/** A node's name, unique in its cluster. 1 and '1' are the same node. */
export type RaftNodeId = string | number

/**
 * A node as the application knows it. Further fields, such as an address, are kept and passed on to other
 * nodes.
 */
export type RaftNode = {
  id: RaftNodeId
  /** When the node started. 0 means that it has left. */
  time?: number
}

export const isNodeId = (id: unknown): id is RaftNodeId =>
  (typeof id === 'string' && id !== '') || (typeof id === 'number' && Number.isFinite(id))

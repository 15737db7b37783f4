// Reads on their way to the leader, and their answers on the way back (thesis §6.4).
import type { ReadIndex, ReadIndexResponse } from '../message.ts'
import type { Node } from '../node/index.ts'
import type { NodeId } from '../types.ts'

/**
 * On a follower or candidate: forwards this node's own reads to the leader, if there is one. Those of others
 * are dropped.
 */
export function forwardRead(node: Node, from: NodeId, message: ReadIndex): void {
  if (from !== node.id) return
  if (node.leader !== null) node.send(node.leader, message)
  else node.readsReady.push({ request: message.request, index: null })
}

/** In any role: the leader has said how far to apply before a read may be served. */
export function readAnswered(node: Node, _from: NodeId, { request, index }: ReadIndexResponse): void {
  node.readsReady.push({ request, index })
}

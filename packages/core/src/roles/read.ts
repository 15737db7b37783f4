// In any role: the leader has said how far to apply before a read may be served (thesis §6.4).
import type { ReadIndexResponse } from '../message.ts'
import type { Node } from '../node/node.ts'
import type { NodeId } from '../types.ts'

export function readAnswered(node: Node, _from: NodeId, { request, index }: ReadIndexResponse): void {
  node.readsReady.push({ request, index })
}

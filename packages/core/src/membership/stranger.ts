// Answers of a node that is no member (any more): nobody asked it (paper §6: removed servers must not disrupt the cluster).
import type { Message } from '../message.ts'
import type { Node } from '../node.ts'
import type { NodeId } from '../types.ts'

/** A removed member may have reached any term by standing in vain; its late answers must not depose a leader. */
export function isAnswerOfStranger(node: Node, from: NodeId, { type }: Message): boolean {
  const isAnswer =
    type === 'appendResponse' ||
    type === 'heartbeatResponse' ||
    type === 'voteResponse' ||
    type === 'preVoteResponse'
  return isAnswer && from !== node.id && !node.progress.has(from)
}

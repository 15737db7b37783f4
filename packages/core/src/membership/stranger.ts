// Answers of a node that is no member (any more): nobody asked it (paper §6: removed servers must not disrupt the cluster).
import type { MessageType } from '../message.ts'

/** A removed member may have reached any term by standing in vain; its late answers must not depose a leader. */
export function isAnswerOfStranger(type: MessageType, isMember: boolean): boolean {
  const isAnswer =
    type === 'appendResponse' ||
    type === 'heartbeatResponse' ||
    type === 'voteResponse' ||
    type === 'preVoteResponse'
  return isAnswer && !isMember
}

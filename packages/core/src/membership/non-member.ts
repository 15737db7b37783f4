// Answers of nodes that are not members, or not any more (paper §6: removed servers must not disrupt the
// cluster).
import type { MessageType } from '../message.ts'

/**
 * A removed member may have reached any term by standing in vain. Its late answers must not depose a leader.
 */
export function isAnswerOfNonMember(type: MessageType, isMember: boolean): boolean {
  const isAnswer =
    type === 'appendResponse' ||
    type === 'heartbeatResponse' ||
    type === 'voteResponse' ||
    type === 'preVoteResponse'
  return isAnswer && !isMember
}

// Each role (paper §5.1) is a table from message kind to handler, which the compiler checks for completeness.
import type { Message, MessageType } from '../message.ts'
import type { Node } from '../node.ts'
import type { NodeId } from '../types.ts'

export type MessageOf<T extends MessageType> = Extract<Message, { type: T }>

/** Votes and pre-votes are answered alike in every role: see election/grant.ts. */
export type RoleMessage = Exclude<MessageType, 'vote' | 'preVote'>

export type Handlers = {
  readonly [T in RoleMessage]: (node: Node, from: NodeId, message: MessageOf<T>) => void
}

/** For messages that mean nothing to a role: most are late answers to what the node was before. */
export function ignore(): void {}

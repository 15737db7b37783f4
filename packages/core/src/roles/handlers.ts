// Each role (paper §5.1) is a table from message kind to handler, which the compiler checks for completeness.
import type { Message, MessageType } from '../message.ts'
import type { Node } from '../node/index.ts'
import type { NodeId } from '../types.ts'

export type MessageOf<T extends MessageType> = Extract<Message, { type: T }>

/** Every role answers votes and pre-votes alike: see node/vote-request.ts. */
export type RoleMessage = Exclude<MessageType, 'vote' | 'preVote'>

export type Handlers = {
  readonly [T in RoleMessage]: (node: Node, from: NodeId, message: MessageOf<T>) => void
}

/** For messages that mean nothing to a role. Most are late answers to what the node was before. */
export function ignore(): void {}

import type { Message, NodeId, SnapshotTransferMessage } from '@oarlock/core'

/** What members send each other: the messages of Raft, and those that move the bytes of a snapshot. */
export type PeerMessage = Message | SnapshotTransferMessage

export interface PeerEnvelope {
  readonly from: NodeId
  readonly to: NodeId
  readonly message: PeerMessage
}

export const isTransferMessage = (message: PeerMessage): message is SnapshotTransferMessage =>
  message.type === 'snapshotOffer' || message.type === 'snapshotChunk' || message.type === 'snapshotProgress'

/** Those for the core. A core that is given another one throws. */
export const raftMessages = (messages: readonly PeerMessage[]): readonly Message[] =>
  messages.some(isTransferMessage)
    ? messages.filter((message) => !isTransferMessage(message))
    : (messages as readonly Message[])

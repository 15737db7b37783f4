import type { Message, NodeId, SnapshotTransferMessage } from '@oarlock/core'

/** From the store of one member to that of another. Short: heartbeats wait behind it. */
export interface StoreMessage {
  readonly type: 'store'
  readonly bytes: Uint8Array
}

/** What members send each other: the messages of Raft, those that move the bytes of a snapshot, and the store's. */
export type PeerMessage = Message | SnapshotTransferMessage | StoreMessage

export interface PeerEnvelope {
  readonly from: NodeId
  readonly to: NodeId
  readonly message: PeerMessage
}

export const isTransferMessage = (message: PeerMessage): message is SnapshotTransferMessage =>
  message.type === 'snapshotOffer' || message.type === 'snapshotChunk' || message.type === 'snapshotProgress'

const isForCore = (message: PeerMessage): message is Message =>
  message.type !== 'store' && !isTransferMessage(message)

/** Those for the core. A core that is given another one throws. */
export const raftMessages = (messages: readonly PeerMessage[]): readonly Message[] =>
  messages.every(isForCore) ? messages : messages.filter(isForCore)

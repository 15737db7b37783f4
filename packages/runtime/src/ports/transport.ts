import type { Envelope, Message, NodeId } from '@oarlock/core'

export interface TransportReceiver {
  /** Messages from one peer, in the order they arrived; many at once where they arrived together. */
  receive(from: NodeId, messages: readonly Message[]): void
  /** The connection to a peer was lost: what was sent last may not have arrived. */
  unreachable(peer: NodeId): void
}

/** May drop, duplicate, delay and reorder. `send` never throws and never blocks. */
export interface Transport {
  open(receiver: TransportReceiver): Promise<void>
  send(envelopes: readonly Envelope[]): void
  close(): Promise<void>
}

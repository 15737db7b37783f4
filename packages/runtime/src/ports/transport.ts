import type { Envelope, Message, NodeId } from '@oarlock/core'

export interface TransportReceiver {
  /** Messages from one peer, in the order of their arrival. Those that arrive together come in one call. */
  receive(from: NodeId, messages: readonly Message[]): void
  /** The connection to a peer was lost: the last messages to it may not have arrived. */
  unreachable(peer: NodeId): void
}

/** Carries messages. It may drop, duplicate, delay and reorder them. `send` never throws and never blocks. */
export interface Transport {
  open(receiver: TransportReceiver): Promise<void>
  send(envelopes: readonly Envelope[]): void
  close(): Promise<void>
}

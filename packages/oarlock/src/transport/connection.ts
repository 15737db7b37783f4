// The limits and the statistics of a connection, which both ends share.
import type { Millis } from '@oarlock/core'

export interface ConnectionLimits {
  /** The most bytes that may wait to be sent to one peer. */
  readonly maxQueueBytes: number
  readonly maxFrameBytes: number
  /** The most connections that were dialled to this member and have not finished their handshake. */
  readonly maxHandshakes: number
  /** For connecting and the handshake together. */
  readonly handshakeTimeout: Millis
  /** The longest time that `close` waits for sent messages to leave. */
  readonly linger: Millis
}

export interface PeerStats {
  /** Whether messages to this peer are sent, and not dropped. */
  readonly connected: boolean
  readonly queuedBytes: number
  readonly sentMessages: number
  readonly sentBytes: number
  /** Dropped because the peer was not connected or too slow, or because the message was too long. */
  readonly droppedMessages: number
}

/** The time after which the kernel probes an idle connection, as a second check. */
export const keepAliveDelay: Millis = 5000

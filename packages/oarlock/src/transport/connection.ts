// What both ends of a connection agree on, and what is told about one.
import type { Millis } from '@oarlock/core'

export interface ConnectionLimits {
  /** Bytes waiting to leave to one peer. */
  readonly maxQueueBytes: number
  readonly maxFrameBytes: number
  /** For connecting and the handshake together. */
  readonly handshakeTimeout: Millis
  /** How long `close` waits for what was sent to leave. */
  readonly linger: Millis
}

export interface PeerStats {
  /** Messages to this peer leave now. */
  readonly connected: boolean
  readonly queuedBytes: number
  readonly sentMessages: number
  readonly sentBytes: number
  /** Dropped because the peer was not connected or too slow, or the message too long. */
  readonly droppedMessages: number
}

/**
 * Both ends say once an interval that they are alive; after this many silent intervals the other one is given up: it
 * vanished without a word (power, cable). Intervals are counted, not milliseconds, so that a stall of this process
 * makes nobody look dead.
 */
export const silentBeats = 5

/** When the kernel begins to probe an idle connection, as a second line. */
export const keepAliveDelay: Millis = 5000

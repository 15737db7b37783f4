// Keeps the entries in flight to each peer at what the link carries, while this member leads.
import type { Envelope, Millis, NodeId } from '@oarlock/core'
import type { PeerMessage } from '../ports/index.ts'
import { type FlowLimits, LinkMeter } from './link-meter.ts'

/** The part of the core that flow control uses. */
export interface FlowTarget {
  limitInflight(member: NodeId, bytes: number): void
}

export class FlowControl {
  readonly #core: FlowTarget
  readonly #limits: FlowLimits
  readonly #meters = new Map<NodeId, LinkMeter>()

  constructor(core: FlowTarget, limits: FlowLimits) {
    this.#core = core
    this.#limits = limits
  }

  /** These leave now. */
  sending(envelopes: readonly Envelope[], now: Millis): void {
    for (const { to, message } of envelopes) {
      if (message.type !== 'append' || message.entries.length === 0) continue
      let bytes = 0
      for (const { data } of message.entries) bytes += data.length
      const meter = this.#meter(to)
      meter.sent(message.entries.at(-1)!.index, bytes, now)
      // Also before the first answer: until then the core would repeat a long probe again and again.
      this.#core.limitInflight(to, meter.window)
    }
  }

  /** These have arrived, and the core has not seen them yet: it may send more when it has. */
  receiving(from: NodeId, messages: readonly PeerMessage[], now: Millis): void {
    for (const message of messages) {
      if (message.type !== 'appendResponse' || message.rejected) continue
      const meter = this.#meter(from)
      meter.acknowledged(message.index, now)
      this.#core.limitInflight(from, meter.window)
    }
  }

  /** The bytes of entries in flight to a peer. */
  inFlight(peer: NodeId): number {
    return this.#meters.get(peer)?.inFlight ?? 0
  }

  /** The connection was lost. */
  lost(peer: NodeId): void {
    this.#meters.get(peer)?.forget()
  }

  /** Another term or another role: what was sent before is acknowledged no more. */
  roleChanged(): void {
    for (const meter of this.#meters.values()) meter.forget()
  }

  #meter(peer: NodeId): LinkMeter {
    let meter = this.#meters.get(peer)
    if (meter === undefined) {
      meter = new LinkMeter(this.#limits)
      this.#meters.set(peer, meter)
    }
    return meter
  }
}

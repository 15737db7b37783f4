// Measures the time from a heartbeat to its answer, for each peer, while this member leads.
import type { Millis, NodeId, Term } from '@oarlock/core'
import type { HistogramSnapshot, PeerMessage } from '../ports/index.ts'
import { durationBounds, Histogram } from './histogram.ts'

export class RoundTrips {
  readonly #histograms = new Map<NodeId, Histogram>()

  /** The answer brings back this clock's time at which the heartbeat was sent. */
  receiving(from: NodeId, messages: readonly PeerMessage[], term: Term, now: Millis): void {
    for (const message of messages)
      if (message.type === 'heartbeatResponse' && message.term === term)
        this.#of(from).record(Math.max(0, now - message.sentAt))
  }

  /** The peers are these from now on. */
  keep(peers: Pick<ReadonlySet<NodeId>, 'has'>): void {
    for (const peer of this.#histograms.keys()) if (!peers.has(peer)) this.#histograms.delete(peer)
  }

  of(peer: NodeId): HistogramSnapshot | null {
    return this.#histograms.get(peer)?.snapshot() ?? null
  }

  #of(peer: NodeId): Histogram {
    let histogram = this.#histograms.get(peer)
    if (histogram === undefined) {
      histogram = new Histogram(durationBounds)
      this.#histograms.set(peer, histogram)
    }
    return histogram
  }
}

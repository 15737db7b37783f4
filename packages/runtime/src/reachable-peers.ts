// The peers that were heard on a connection that is still up: leadership can be transferred to these.
import type { NodeId } from '@oarlock/core'

export class ReachablePeers {
  readonly #peers = new Set<NodeId>()
  readonly #listeners = new Set<(peer: NodeId) => void>()

  has(peer: NodeId): boolean {
    return this.#peers.has(peer)
  }

  heard(peer: NodeId): void {
    this.#peers.add(peer)
  }

  lost(peer: NodeId): void {
    this.#peers.delete(peer)
    for (const listener of [...this.#listeners]) listener(peer)
  }

  /** Called with each peer that is lost. Returns the cancellation. */
  onLost(listener: (peer: NodeId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

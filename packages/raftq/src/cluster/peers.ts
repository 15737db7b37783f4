// The other nodes that this node knows: from the application (ackNode), from themselves, or from their peers.
import type { RaftNode, RaftNodeId } from '../wire/index.ts'

export interface Peer {
  readonly name: string
  node: RaftNode
  /** Only the name is known, from `members`. */
  expected: boolean
  /** The application has announced the node. */
  announced: boolean
  /** The life that was heard last, or null if the node was never heard. */
  life: string | null
  /** When the node was heard last, by the active clock. */
  heardAt: number
  /** The node had joined no cluster when it was heard last. */
  waiting: boolean
  /** When the node last attested to this life of ours that it has joined no cluster that has begun. */
  attestedAt: number
  /** The node left, in this life. A node that speaks in another life is back. */
  departed: { readonly life: string | null } | null
}

export class Peers {
  readonly #peers: Map<string, Peer> = new Map()
  /** This node's own name once it is known, since this node is not its own peer. */
  own: string | null = null

  get(name: RaftNodeId): Peer | undefined {
    return this.#peers.get(String(name))
  }

  /** Every peer that is known to exist and has not left. */
  get present(): readonly Peer[] {
    return this.all.filter(({ departed, expected }) => departed === null && !expected)
  }

  get all(): readonly Peer[] {
    return [...this.#peers.values()].filter(({ name }) => name !== this.own)
  }

  /** Adds the names of `members`. */
  expect(names: readonly string[]): void {
    for (const id of names) if (this.get(id) === undefined) this.#add({ id }).expected = true
  }

  #add(node: RaftNode): Peer {
    const name = String(node.id)
    const peer: Peer = this.#peers.get(name) ?? {
      name,
      node,
      expected: false,
      announced: false,
      life: null,
      heardAt: Number.NEGATIVE_INFINITY,
      waiting: false,
      attestedAt: Number.NEGATIVE_INFINITY,
      departed: null,
    }
    this.#peers.set(name, peer)
    if (peer.expected) peer.node = node
    peer.expected = false
    return peer
  }

  /** The application announces the node. Returns whether that is new. */
  announce(node: RaftNode): boolean {
    const before = this.get(node.id)
    const isNew = before === undefined || before.expected || before.departed !== null
    const peer = this.#add(node)
    peer.node = node
    peer.announced = true
    peer.departed = null
    return isNew
  }

  /** The application says that the node left. Returns whether that is new. */
  depart(node: RaftNode): boolean {
    const peer = this.#add(node)
    if (peer.departed !== null) return false
    peer.departed = { life: peer.life }
    return true
  }

  /** Another node says that this one left, in `life`. It is ignored if this node knows another life of it. */
  departedBy(name: string, life: string): void {
    const peer = this.get(name)
    if (peer !== undefined && peer.life === life) peer.departed ??= { life }
  }

  /** Another node mentions this one. That does not bring a departed node back. */
  hearOf(node: RaftNode): void {
    if (this.get(node.id)?.expected ?? true) this.#add(node)
  }

  /** The node itself was heard. */
  heard(node: RaftNode, life: string, now: number): Peer {
    const peer = this.#add(node)
    if (peer.departed !== null && peer.departed.life !== life) peer.departed = null
    if (node.time === 0) peer.departed = { life }
    else peer.node = node
    peer.life = life
    peer.heardAt = now
    return peer
  }
}

// The nodes that this one knows: told by the application (ackNode), by the nodes themselves, or by others that know them.
import type { RaftNode, RaftNodeId } from '../wire/index.ts'

export interface Peer {
  node: RaftNode
  /** Only its name is known, from `members`: nobody has said that it is there. */
  expected: boolean
  /** The application said that it is there. */
  told: boolean
  /** The life that was heard last; null: it has not been heard. */
  life: string | null
  /** When it was heard last, by the time that this thread was awake. */
  heardAt: number
  /** When it was heard last it took part in no cluster. */
  waiting: boolean
  /** When it said last, to this life of ours, that it has no part in any cluster that has begun. */
  attestedAt: number
  /** It left, in the life that was known then: whoever speaks in another life is back. */
  departed: { readonly life: string | null } | null
}

export class Peers {
  readonly #peers: Map<string, Peer> = new Map()
  /** This node's own name, once that is known: it is no peer. */
  own: string | null = null

  get(name: RaftNodeId): Peer | undefined {
    return this.#peers.get(String(name))
  }

  /** Everybody else that is there, and has not left. */
  get present(): readonly Peer[] {
    return this.all.filter(({ departed, expected }) => departed === null && !expected)
  }

  get all(): readonly Peer[] {
    return [...this.#peers].filter(([name]) => name !== this.own).map(([, peer]) => peer)
  }

  /** They will be there. */
  expect(names: readonly string[]): void {
    for (const id of names) if (this.get(id) === undefined) this.#add({ id }).expected = true
  }

  #add(node: RaftNode): Peer {
    const name = String(node.id)
    const peer: Peer = this.#peers.get(name) ?? {
      node,
      expected: false,
      told: false,
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

  /** The application says that it is there. Returns whether that is new. */
  acknowledge(node: RaftNode): boolean {
    const before = this.get(node.id)
    const isNew = before === undefined || before.expected || before.departed !== null
    const peer = this.#add(node)
    peer.node = node
    peer.told = true
    peer.departed = null
    return isNew
  }

  /** The application says that it left. Returns whether that is new. */
  depart(node: RaftNode): boolean {
    const peer = this.#add(node)
    if (peer.departed !== null) return false
    peer.departed = { life: peer.life }
    return true
  }

  /** Another node says that it left: true of the life that is known here, or not at all. */
  departedBy(name: string, life: string): void {
    const peer = this.get(name)
    if (peer !== undefined && peer.life === life) peer.departed ??= { life }
  }

  /** Somebody who knows it told us. Who left is not brought back by hearsay. */
  hearOf(node: RaftNode): void {
    if (this.get(node.id)?.expected ?? true) this.#add(node)
  }

  /** It spoke itself. */
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

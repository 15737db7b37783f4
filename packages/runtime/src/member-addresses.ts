// Where a member dials the others, and where they dial it. The table of members comes first. What the table
// does not say, a founder has from `peers`; a process that joins, from its seeds, or from its disk.
import { type Index, index, type NodeId } from '@oarlock/core'
import type { MemberIdentity, PeerRecord } from './identity/index.ts'
import { addressesOf, type Peers } from './membership/index.ts'

type Addresses = Readonly<Record<NodeId, string>>

export class MemberAddresses {
  readonly #id: NodeId
  readonly #configured: Addresses
  /** Recorded before this start. */
  readonly #recorded: Addresses
  #discovered: { readonly version: Index; readonly addresses: Addresses } = {
    version: index(0),
    addresses: {},
  }

  constructor(id: NodeId, configured: Addresses, { peers }: PeerRecord) {
    this.#id = id
    this.#configured = configured
    this.#recorded = Object.fromEntries(
      [...peers].flatMap(([peer, { address }]) => (address === undefined ? [] : [[peer, address]])),
    )
  }

  /** The answer with the newest table counts, and adds to others. */
  discovered({ membership }: MemberIdentity, addresses: Addresses): void {
    const version = membership?.version ?? index(0)
    const before = this.#discovered
    this.#discovered =
      version < before.version
        ? { ...before, addresses: { ...addresses, ...before.addresses } }
        : { version, addresses: { ...before.addresses, ...addresses } }
  }

  /** Everybody that this member may dial before it knows the table. */
  get others(): Addresses {
    const { [this.#id]: _, ...others } = this.#known
    return others
  }

  of(peers: Peers): Addresses {
    return addressesOf(peers, this.#known)
  }

  get #known(): Addresses {
    return { ...this.#recorded, ...this.#discovered.addresses, ...this.#configured }
  }
}

// Whom a member is connected to: by its options, by what its seeds say, and by the table of members, as each
// becomes known.
import type { NodeId } from '@oarlock/core'
import type { MemberIdentity, PeerRecord } from './identity/index.ts'
import { MemberAddresses } from './member-addresses.ts'
import type { MemberSettings } from './member-settings.ts'
import type { Peers, TableState } from './membership/index.ts'
import type { Transport } from './ports/index.ts'

type Addresses = Readonly<Record<NodeId, string>>

export interface MemberConnectionsInit {
  readonly settings: Pick<MemberSettings<never, never>, 'config' | 'addresses' | 'seeds' | 'logger'>
  readonly transport: Pick<Transport, 'address' | 'advertised' | 'setPeers' | 'seek'>
  /** As it was at the start. */
  readonly record: PeerRecord
  readonly table: () => TableState
}

export class MemberConnections {
  readonly #init: MemberConnectionsInit
  readonly #addresses: MemberAddresses
  #seeks = false

  constructor(init: MemberConnectionsInit) {
    const { settings, record } = init
    this.#init = init
    this.#addresses = new MemberAddresses(settings.config.id, settings.addresses, record)
  }

  start(): void {
    const { settings, transport } = this.#init
    if (settings.seeds.length === 0) return
    this.#seeks = true
    this.#setPeers(this.#addresses.others)
    transport.seek?.(settings.seeds)
  }

  /** The members that it may dial before it knows the table. */
  get others(): readonly NodeId[] {
    return Object.keys(this.#addresses.others)
  }

  /** Where the others dial it, or where it dials a peer by its options. Null: nobody knows. */
  addressOf(member: NodeId): string | null {
    const { settings, transport } = this.#init
    const configured = settings.addresses[member] ?? null
    if (member !== settings.config.id) return configured
    return transport.advertised ?? configured ?? transport.address ?? null
  }

  peersChanged(peers: Peers): void {
    this.#setPeers(this.#addresses.of(peers))
  }

  /** A seed has answered. */
  discovered(seed: MemberIdentity, addresses: Addresses): void {
    this.#addresses.discovered(seed, addresses)
    const { members, version } = this.#init.table()
    // From the first change on the table says who the members are.
    this.#setPeers(
      version === 0
        ? this.#addresses.others
        : this.#addresses.of(new Map([...members].map(([id, { address }]) => [id, address]))),
    )
  }

  /** It knows the members, and they know it. */
  stopSeeking(): void {
    if (!this.#seeks) return
    this.#seeks = false
    this.#init.transport.seek?.([])
  }

  #setPeers(peers: Addresses): void {
    const { settings, transport } = this.#init
    try {
      transport.setPeers?.(peers)
    } catch (cause) {
      const { id } = settings.config
      settings.logger.error(
        { event: 'address-not-used', id, cause },
        `an address in the table of members cannot be used: ${String(cause)}`,
      )
    }
  }
}

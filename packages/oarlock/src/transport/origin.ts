// Where a stream comes from.
import type { Socket } from 'node:net'
import type { NodeId } from '@oarlock/core'
import { formatAddress } from './address.ts'

export interface Origin {
  /** The address and port, for messages. */
  readonly remote: string
  /** The address alone: the limits tell one machine from another by it. */
  readonly host: string
  /** Whether the certificate at the other end names a member; null: it need not. */
  readonly certifies: ((id: NodeId) => boolean) | null
}

export function originOf({ remoteAddress = '', remotePort = 0 }: Socket): Origin {
  // A socket that listens on every interface sees IPv4 addresses in their IPv6 form.
  const host = remoteAddress.replace(/^::ffff:(?=[\d.]+$)/, '')
  return { remote: formatAddress({ host, port: remotePort }), host, certifies: null }
}

/**
 * The connection to close when there are too many: the oldest one of the machine that has the most. So a flood
 * from one machine does not close the connections of others. Undefined if there is none.
 */
export function oldestOfBusiestHost<Connection extends { readonly host: string }>(
  connections: Iterable<Connection>,
): Connection | undefined {
  const byHost = new Map<string, { readonly oldest: Connection; count: number }>()
  for (const connection of connections) {
    const known = byHost.get(connection.host)
    if (known === undefined) byHost.set(connection.host, { oldest: connection, count: 1 })
    else known.count++
  }
  let busiest: { readonly oldest: Connection; readonly count: number } | undefined
  for (const host of byHost.values()) if (host.count > (busiest?.count ?? 0)) busiest = host
  return busiest?.oldest
}

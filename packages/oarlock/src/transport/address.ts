// 'host:port', as people write it: a name, an IPv4 address, or an IPv6 address in brackets.

import { isIPv6 } from 'node:net'
import type { NodeId } from '@oarlock/core'
import { InvalidOptionsError } from '@oarlock/runtime'

export interface Address {
  /** Without brackets. Empty: every interface (for listening). */
  readonly host: string
  readonly port: number
}

const form = /^(?:\[(?<bracketed>[^[\]]+)\]|(?<plain>[^:[\]\s/]*)):(?<port>\d{1,5})$/

/** Throws {@link InvalidOptionsError} for anything but 'host:port' or '[IPv6]:port'. */
export function parseAddress(text: string): Address {
  const parts = form.exec(text)?.groups
  if (parts === undefined) {
    const hint =
      isIPv6(text) || text.split(':').length > 2 ? '; an IPv6 address goes in brackets: [::1]:7401' : ''
    throw new InvalidOptionsError(`'${text}' is not an address: write host:port, as in 127.0.0.1:7401${hint}`)
  }
  const { bracketed, plain, port } = parts
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    throw new InvalidOptionsError(`'${text}' is not an address: what is in brackets must be IPv6`)
  }
  if (Number(port) > 65_535) throw new InvalidOptionsError(`'${text}' is not an address: ports end at 65535`)
  return { host: bracketed ?? plain ?? '', port: Number(port) }
}

export function formatAddress({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** Where to dial `peer`. Throws {@link InvalidOptionsError} for an address that cannot be dialled. */
export function peerAddress(peer: NodeId, text: string): Address {
  try {
    const address = parseAddress(text)
    if (address.host === '' || address.port === 0)
      throw new InvalidOptionsError('host and port are needed to dial it')
    return address
  } catch (cause) {
    throw new InvalidOptionsError(`the address of '${peer}' cannot be used: ${(cause as Error).message}`, {
      cause,
    })
  }
}

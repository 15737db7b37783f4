// 'host:port', where the host is a name, an IPv4 address, or an IPv6 address in brackets.
import { isIPv6 } from 'node:net'
import type { NodeId } from '@oarlock/core'
import { InvalidOptionsError } from '@oarlock/runtime'

export interface Address {
  /** Without brackets. When listening, an empty host means every interface. */
  readonly host: string
  readonly port: number
  /** For WebSockets: the whole address. */
  readonly url?: string
}

const form = /^(?:\[(?<bracketed>[^[\]]+)\]|(?<plain>[^:[\]\s/]*)):(?<port>\d{1,5})$/

/** Throws {@link InvalidOptionsError} for anything but 'host:port' or '[IPv6]:port'. */
export function parseAddress(text: string): Address {
  const parts = form.exec(text)?.groups
  if (parts === undefined) {
    const hint =
      isIPv6(text) || text.split(':').length > 2 ? '; write an IPv6 address in brackets: [::1]:7401' : ''
    throw new InvalidOptionsError(`'${text}' is not an address: write host:port, as in 127.0.0.1:7401${hint}`)
  }
  const { bracketed, plain, port } = parts
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    throw new InvalidOptionsError(`'${text}' is not an address: only an IPv6 address may be in brackets`)
  }
  if (Number(port) > 65_535)
    throw new InvalidOptionsError(`'${text}' is not an address: the highest port is 65535`)
  return { host: bracketed ?? plain ?? '', port: Number(port) }
}

export function formatAddress({ host, port, url }: Address): string {
  if (url !== undefined) return url
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * The address to dial `peer` at. Throws {@link InvalidOptionsError} for an address that cannot be dialled.
 */
export function peerAddress(peer: NodeId, text: string): Address {
  try {
    const address = parseAddress(text)
    if (address.host === '' || address.port === 0)
      throw new InvalidOptionsError('write both a host and a port')
    return address
  } catch (cause) {
    throw new InvalidOptionsError(`the address of '${peer}' cannot be used: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** Whether it stands for every interface of this machine, when listening. */
export const isAnyInterface = (host: string): boolean => host === '' || host === '0.0.0.0' || host === '::'

/** Whether only this machine reaches the address. */
export const isLoopback = (host: string): boolean =>
  host === '::1' || host === 'localhost' || /^(::ffff:)?127\./.test(host)

export const isSameAddress = (a: Address, b: Address | null): boolean =>
  b !== null && formatAddress(a) === formatAddress(b)

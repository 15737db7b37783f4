// Listening on an address, with errors that say what to do when that fails.
import type { AddressInfo, Server } from 'node:net'
import type { NodeId } from '@oarlock/core'
import { ListenError } from '../errors.ts'
import { type Address, parseAddress } from './address.ts'

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already: stop it, or give this member another address',
  EADDRNOTAVAIL:
    'no network interface of this machine has that address: listen on one of its own, or on :port for all',
  EACCES: 'ports below 1024 need privileges: choose a higher one',
  ENOTFOUND: 'the host name is unknown: check its spelling, or write an IP address',
  EAI_AGAIN: 'the host name could not be looked up: check the resolver, or write an IP address',
}

/**
 * Listens on `text` for member `id`. Resolves with the address, in which a free port is filled in. Rejects
 * with {@link ListenError}.
 */
export async function listen(server: Server, text: string, id: NodeId): Promise<Address> {
  const { host, port } = addressToListenOn(text, id)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...(host === '' ? {} : { host }), port, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  }).catch((cause: NodeJS.ErrnoException) => {
    const remedy = remedies[cause.code ?? ''] ?? cause.message
    throw new ListenError(`member '${id}' cannot listen on ${text}: ${remedy} (${cause.code})`, { cause })
  })
  const got = server.address() as AddressInfo
  return { host: got.address, port: got.port }
}

function addressToListenOn(text: string, id: NodeId): Address {
  try {
    return parseAddress(text)
  } catch (cause) {
    throw new ListenError(`member '${id}' cannot listen: ${(cause as Error).message}`, { cause })
  }
}

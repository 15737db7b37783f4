// Listening on an address, with errors that say what to do when that fails.
import { type AddressInfo, isIP, type Server } from 'node:net'
import type { NodeId } from '@oarlock/core'
import { ListenError } from '../errors.ts'
import { type Address, parseAddress } from './address.ts'
import type { NameLookup } from './names/index.ts'

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already: stop it, or give this member another address',
  EADDRNOTAVAIL:
    'no network interface of this machine has that address: listen on one of its own, or on :port for all',
  EACCES: 'ports below 1024 need privileges: choose a higher one',
  ENOTFOUND: 'the host name is unknown: check its spelling, or write an IP address',
  ETIMEOUT: 'the name servers do not answer: check the resolver, or write an IP address',
}

/**
 * Listens on `text` for member `id`. Resolves with the address, in which a free port is filled in. Rejects
 * with {@link ListenError}.
 */
export async function listen(
  server: Server,
  text: string,
  id: NodeId,
  { lookup, signal }: { readonly lookup: NameLookup; readonly signal: AbortSignal },
): Promise<Address> {
  const { host, port } = addressToListenOn(text, id)
  const open = async (): Promise<void> => {
    const isName = host !== '' && isIP(host) === 0
    const address = isName ? (await lookup(host, signal))[0] : host
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ ...(address ? { host: address } : {}), port, exclusive: true }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  }
  await open().catch((cause: NodeJS.ErrnoException) => {
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

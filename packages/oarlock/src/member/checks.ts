// What the checks of options share.
import { InvalidOptionsError } from '@oarlock/runtime'
import { type Address, parseAddress } from '../transport/index.ts'

export const refuse = (what: string): never => {
  throw new InvalidOptionsError(what)
}

/** Throws InvalidOptionsError. */
export function addressOf(what: string, text: string): Address {
  try {
    return parseAddress(text)
  } catch (error) {
    return refuse(`${what}: ${(error as Error).message}`)
  }
}

/** `mayBeAssigned`: port 0 stands for a free one. Throws InvalidOptionsError. */
export function checkDialled(what: string, address: string, mayBeAssigned = false): void {
  const { host, port } = addressOf(what, address)
  if (host === '' || (port === 0 && !mayBeAssigned))
    refuse(`${what}: '${address}' cannot be dialled: write both a host and a port`)
}

// The names of /etc/hosts: one address a line, then its names.
import { isIP } from 'node:net'

/** The addresses of `name`, in the order of the lines. */
export function addressesInHosts(text: string, name: string): string[] {
  const wanted = name.toLowerCase()
  const addresses: string[] = []
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (address !== undefined && isIP(address) !== 0 && names.some((one) => one.toLowerCase() === wanted))
      addresses.push(address)
  }
  return addresses
}

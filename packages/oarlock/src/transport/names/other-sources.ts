// Sources of names besides the hosts file and the name servers, which only getaddrinfo asks.
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { type NameLookup, NameNotResolvedError } from './not-resolved.ts'

/** Whether /etc/nsswitch.conf names others. Systems without that file have none, except macOS and Windows. */
export function namesOtherSources(nsswitch: string): boolean {
  const sources = /^hosts:(.*)$/m.exec(nsswitch)?.[1] ?? ''
  return sources
    .replace(/#.*|\[[^\]]*\]/g, ' ')
    .split(/\s+/)
    .some((source) => source !== '' && source !== 'files' && source !== 'dns')
}

export async function hasOtherSources(): Promise<boolean> {
  if (process.platform === 'darwin' || process.platform === 'win32') return true
  return namesOtherSources(await readFile('/etc/nsswitch.conf', 'utf8').catch(() => ''))
}

let isBusy = false

/** Occupies one thread of the process's pool at most. While it does, the next one fails, to be tried again. */
export const lookUpInOtherSources: NameLookup = async (host) => {
  if (isBusy) throw new NameNotResolvedError(host, 'EAGAIN', false)
  isBusy = true
  try {
    const found = await lookup(host, { all: true })
    return found.map(({ address }) => address)
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException
    throw new NameNotResolvedError(host, code, code === 'ENOTFOUND')
  } finally {
    isBusy = false
  }
}

// The addresses of a host name.
//
// `dns.lookup` (getaddrinfo) must not wait for a peer. It occupies a thread of the pool that the whole process
// shares, so that a few names that do not resolve delay the look-ups of the application. It cannot be
// cancelled, and no process ends before it does, not even by process.exit(). Node's Resolver asks the name
// servers without a thread and can be cancelled, but it knows neither the hosts file nor search domains.
// So both are read here, as getaddrinfo would.
//
// A machine may have other sources of names: mDNS (.local), LDAP, the network neighbourhood of Windows. Only
// getaddrinfo asks these. It is called when the name servers have answered that they do not know the name
// (so they do answer), and once at a time in this process.
import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { domainToASCII } from 'node:url'
import type { Millis } from '@oarlock/core'
import { addressesInHosts } from './hosts-file.ts'
import { type NameLookup, NameNotResolvedError } from './not-resolved.ts'
import { hasOtherSources, lookUpInOtherSources } from './other-sources.ts'
import { candidatesOf, searchRules } from './search-list.ts'

export interface NameSources {
  readonly hostsFile: string
  readonly resolvConf: string
  readonly newResolver: () => Pick<Resolver, 'resolve4' | 'resolve6' | 'cancel'>
  /** Asked for names that the name servers do not know; null: there is none. */
  readonly otherSources: () => Promise<NameLookup | null>
}

/** A name server that is lost is asked twice. Then the next one is asked. */
const timing: { readonly timeout: Millis; readonly tries: number } = { timeout: 1500, tries: 2 }

const { SystemRoot = 'C:\\Windows' } = process.env

const systemSources: NameSources = {
  hostsFile: process.platform === 'win32' ? `${SystemRoot}\\System32\\drivers\\etc\\hosts` : '/etc/hosts',
  resolvConf: '/etc/resolv.conf',
  newResolver: () => new Resolver(timing),
  otherSources: async () => ((await hasOtherSources()) ? lookUpInOtherSources : null),
}

const contentsOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

export function nameLookup(sources: Partial<NameSources> = {}): NameLookup {
  const { hostsFile, resolvConf, newResolver, otherSources } = { ...systemSources, ...sources }
  return async (host, signal) => {
    const name = domainToASCII(host) || host
    const listed = addressesInHosts(await contentsOf(hostsFile), name)
    if (listed.length > 0) return listed
    if (/^(.+\.)?localhost$/i.test(name)) return ['127.0.0.1', '::1']
    signal.throwIfAborted()
    const resolver = newResolver()
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel)
    try {
      const rules = searchRules(await contentsOf(resolvConf))
      signal.throwIfAborted()
      return await firstResolved(host, candidatesOf(name, rules), resolver)
    } catch (error) {
      if (!(error instanceof NameNotResolvedError) || !error.isUnknown || signal.aborted) throw error
      const others = await otherSources()
      if (others === null) throw error
      return await others(host, signal)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

async function firstResolved(
  host: string,
  candidates: readonly string[],
  resolver: Pick<Resolver, 'resolve4' | 'resolve6'>,
): Promise<readonly string[]> {
  let failure: string | null = null
  for (const candidate of candidates) {
    const answers = await Promise.allSettled([resolver.resolve4(candidate), resolver.resolve6(candidate)])
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (addresses.length > 0) return addresses
    for (const answer of answers) {
      const code = answer.status === 'rejected' ? (answer.reason as NodeJS.ErrnoException).code : 'ENODATA'
      if (code !== 'ENOTFOUND' && code !== 'ENODATA') failure = code ?? 'unknown error'
    }
    // Under the next name a server that does not answer would not answer either.
    if (failure === 'ETIMEOUT' || failure === 'ECONNREFUSED' || failure === 'ECANCELLED') break
  }
  throw new NameNotResolvedError(host, failure ?? 'ENOTFOUND', failure === null)
}

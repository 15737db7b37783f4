// Under which names a short name is looked up: the search domains of /etc/resolv.conf. Container platforms
// rely on them: with `search team.svc.cluster.local` and `options ndots:5`, the service 'api' of Kubernetes is
// api.team.svc.cluster.local.

export interface SearchRules {
  readonly domains: readonly string[]
  /** A name with so many dots is looked up as it is before it is looked up in the domains. */
  readonly ndots: number
}

export function searchRules(resolvConf: string): SearchRules {
  let domains: readonly string[] = []
  let ndots = 1
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/)
    if (keyword === 'search' || keyword === 'domain') domains = values
    if (keyword !== 'options') continue
    for (const value of values) {
      const count = /^ndots:(\d+)$/.exec(value)?.[1]
      if (count !== undefined) ndots = Number(count)
    }
  }
  return { domains, ndots }
}

/** The names to look up, the most likely one first. A name that ends with a dot is complete. */
export function candidatesOf(name: string, { domains, ndots }: SearchRules): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const dots = name.split('.').length - 1
  const inDomains = domains.map((domain) => (domain === '.' ? name : `${name}.${domain.replace(/\.$/, '')}`))
  return dots >= ndots ? [name, ...inDomains] : [...inDomains, name]
}

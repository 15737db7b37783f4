import { describe, expect, it } from 'vitest'
import { candidatesOf, searchRules } from './search-list.ts'

const kubernetes = searchRules(`nameserver 10.96.0.10
search team.svc.cluster.local svc.cluster.local cluster.local
options ndots:5 timeout:2
`)
const docker = searchRules('nameserver 127.0.0.11\noptions edns0 trust-ad ndots:0\n')
const plain = searchRules('domain example.org\n# search nowhere\n')

describe('the names under which a name is looked up', () => {
  it.each([
    [
      kubernetes,
      'api-1.api',
      [
        'api-1.api.team.svc.cluster.local',
        'api-1.api.svc.cluster.local',
        'api-1.api.cluster.local',
        'api-1.api',
      ],
    ],
    [kubernetes, 'a.b.c.d.e.example.org', expect.arrayContaining(['a.b.c.d.e.example.org'])],
    [docker, 'api', ['api']],
    [plain, 'api', ['api.example.org', 'api']],
    [plain, 'api.example.net', ['api.example.net', 'api.example.net.example.org']],
    [plain, 'api.', ['api']],
    [searchRules(''), 'api', ['api']],
    [searchRules('search .'), 'api', ['api', 'api']],
  ])('(%#) follow /etc/resolv.conf', (rules, name, candidates) => {
    expect(candidatesOf(name, rules)).toEqual(candidates)
  })

  it('begin with the name itself if it has enough dots', () => {
    expect(candidatesOf('a.b.c.d.e.example.org', kubernetes)[0]).toBe('a.b.c.d.e.example.org')
  })
})

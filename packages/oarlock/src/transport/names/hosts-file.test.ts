import { expect, it } from 'vitest'
import { addressesInHosts } from './hosts-file.ts'

const hosts = `
# the machine
127.0.0.1\tlocalhost
::1 ip6-localhost localhost   # both
10.0.0.7  db.internal db
10.0.0.8  DB # another one
not-an-address db
#10.0.0.9 db
`

it.each([
  ['localhost', ['127.0.0.1', '::1']],
  ['db', ['10.0.0.7', '10.0.0.8']],
  ['DB.Internal', ['10.0.0.7']],
  ['127.0.0.1', []],
  ['nothing', []],
])('%s has the addresses %j', (name, addresses) => {
  expect(addressesInHosts(hosts, name)).toEqual(addresses)
})

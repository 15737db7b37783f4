import { expect, it } from 'vitest'
import { namesOtherSources } from './other-sources.ts'

it.each([
  ['hosts:          files dns\n', false],
  ['', false],
  ['passwd: ldap\nhosts: dns [!UNAVAIL=return] files # mdns\n', false],
  ['hosts: files mdns4_minimal [NOTFOUND=return] dns\n', true],
  ['hosts: files resolve [!UNAVAIL=return] myhostname dns\n', true],
])('%j: %s', (nsswitch, others) => {
  expect(namesOtherSources(nsswitch)).toBe(others)
})

import { InvalidOptionsError } from '@oarlock/runtime'
import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress } from './address.ts'

describe('an address', () => {
  test.each([
    ['127.0.0.1:7401', '127.0.0.1', 7401],
    ['api-1.internal:80', 'api-1.internal', 80],
    ['[::1]:7401', '::1', 7401],
    ['[fe80::1%eth0]:1', 'fe80::1%eth0', 1],
    [':7401', '', 7401],
    ['localhost:0', 'localhost', 0],
  ])('%s is a host and a port, and can be written again', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port })
    expect(formatAddress({ host, port })).toBe(text)
  })

  test.each([
    '',
    'localhost',
    'localhost:',
    'localhost:x',
    'localhost:65536',
    '[localhost]:1',
    'a b:1',
    'http://a:1',
  ])("'%s' is not an address", (text) => {
    expect(() => parseAddress(text)).toThrow(InvalidOptionsError)
  })

  test('for IPv6 without brackets, the error says what to write', () => {
    expect(() => parseAddress('::1:7401')).toThrow('brackets: [::1]:7401')
  })
})

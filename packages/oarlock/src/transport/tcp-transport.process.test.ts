import { networkInterfaces } from 'node:os'
import { InvalidOptionsError } from '@oarlock/runtime'
import { identityOf, transportConformance } from '@oarlock/testkit/conformance'
import { describe, expect, test } from 'vitest'
import { dialRaw, freeAddress } from '../../test/raw-peer.ts'
import { setUp } from '../../test/raw-setting.ts'
import { ListenError } from '../errors.ts'
import { FrameKind } from '../wire/index.ts'
import { TcpTransport } from './tcp-transport.ts'

transportConformance('TcpTransport', { describe, test }, async () => {
  const peers = { a: await freeAddress(), b: await freeAddress(), c: await freeAddress() }
  return { transport: (id) => new TcpTransport({ id, listen: peers[id], peers }) }
})

describe('the address', () => {
  const options = { id: 'a', peers: {} }
  const receiver = {
    identity: identityOf('a'),
    meet: (_peer: unknown, _remote: string, answer: (refusal: null) => void) => answer(null),
    accepted() {},
    refused() {},
    receive() {},
    unreachable() {},
  }

  test('with port 0 has the port that was assigned', async () => {
    const transport = new TcpTransport({ ...options, listen: '127.0.0.1:0' })
    expect(transport.address).toBeNull()
    await transport.open(receiver)
    expect(transport.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/)
    await transport.close()
    expect(transport.address).toBeNull()
  })

  const ipv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
  test.skipIf(!ipv6)('an IPv6 address goes in brackets (skipped where the machine has no ::1)', async () => {
    const transport = new TcpTransport({ ...options, listen: '[::1]:0', peers: { b: '[::1]:1' } })
    await transport.open(receiver)
    await using _ = { [Symbol.asyncDispose]: () => transport.close() }
    expect(transport.address).toMatch(/^\[::1\]:[1-9]\d*$/)
    const peer = await dialRaw(transport.address)
    expect((await peer.frame())?.kind).toBe(FrameKind.welcome)
  })

  test('a port in use: the error says what, where, and what to do', async () => {
    await using setting = await setUp()
    const { transport } = setting
    const address = transport.address!
    const second = new TcpTransport({ ...options, listen: address })
    await expect(second.open(receiver)).rejects.toThrow(
      `member 'a' cannot listen on ${address}: something listens there already: stop it, or give this member another address (EADDRINUSE)`,
    )
    await expect(new TcpTransport({ ...options, listen: address }).open(receiver)).rejects.toBeInstanceOf(
      ListenError,
    )
    await second.close()
  })

  test.each([
    ['nonsense', "'nonsense' is not an address: write host:port"],
    ['192.0.2.1:7401', 'no network interface of this machine has that address'],
  ])('%s cannot be listened on, and the error says why', async (listen, why) => {
    await expect(new TcpTransport({ ...options, listen }).open(receiver)).rejects.toThrow(why)
  })

  test.each([
    [{ b: 'nonsense' }, "the address of 'b' cannot be used: 'nonsense' is not an address"],
    [{ b: ':7401' }, 'write both a host and a port'],
    [{ b: '127.0.0.1:0' }, 'write both a host and a port'],
  ])('peers that cannot be dialled are refused when it is made (%#)', (peers, why) => {
    const make = () => new TcpTransport({ ...options, listen: ':0', peers: peers as Record<string, string> })
    expect(make).toThrow(InvalidOptionsError)
    expect(make).toThrow(why)
  })

  test('names that do not fit into the handshake are refused when it is opened', async () => {
    const transport = new TcpTransport({ ...options, listen: ':0', peers: { ['b'.repeat(20_000)]: 'b:1' } })
    await expect(transport.open(receiver)).rejects.toThrow(InvalidOptionsError)
  })

  test('is not listened on after a close while opening', async () => {
    const transport = new TcpTransport({ ...options, listen: '127.0.0.1:0' })
    const opening = expect(transport.open(receiver)).rejects.toBeInstanceOf(ListenError)
    await transport.close()
    await opening
    expect(transport.address).toBeNull()
  })
})

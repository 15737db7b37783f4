import { networkInterfaces } from 'node:os'
import { link, Station } from '@oarlock/testkit/conformance'
import { describe, expect, test } from 'vitest'
import { freeAddress, WarningLog } from '../../test/raw-peer.ts'
import { TcpTransport, type TcpTransportOptions } from './index.ts'

const ipv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

/** Member `id`, open. It dials again soon. */
async function member(id: string, options: Omit<TcpTransportOptions, 'id'>) {
  const transport = new TcpTransport({ id, retry: { first: 1, longest: 1 }, ...options })
  const station = new Station(id, transport)
  await station.open()
  return { transport, station, [Symbol.asyncDispose]: () => transport.close() }
}

describe('the address of a peer', () => {
  test('is the one that it advertises, as soon as it has dialled; the one in peers still serves', async () => {
    const nowhere = await freeAddress()
    const inner = await freeAddress()
    await using a = await member('a', { listen: '127.0.0.1:0', peers: { b: nowhere } })
    const peers = { a: a.transport.address! }
    {
      await using b = await member('b', { listen: inner, peers, advertise: inner })
      await Promise.all([link(a.station, b.station), link(b.station, a.station)])
      expect(a.transport.links().get('b')).toMatchObject({ state: 'connected' })
    }
    // It comes back at the address that was written into `peers`, and advertises nothing.
    await using b = await member('b', { listen: nowhere, peers })
    await link(a.station, b.station)
  })

  test('with port 0 is told when it dials', async () => {
    await using a = await member('a', { listen: '127.0.0.1:0', peers: { b: await freeAddress() } })
    await using b = await member('b', { listen: '127.0.0.1:0', peers: { a: a.transport.address! } })
    await Promise.all([link(a.station, b.station), link(b.station, a.station)])
  })

  test('that cannot be dialled is warned about, and not used', async () => {
    const log = new WarningLog()
    const addressOfB = await freeAddress()
    await using a = await member('a', { listen: '127.0.0.1:0', peers: { b: addressOfB }, logger: log })
    await using b = await member('b', {
      listen: addressOfB,
      peers: { a: a.transport.address! },
      advertise: ':1',
    })
    await Promise.all([link(a.station, b.station), link(b.station, a.station)])
    expect(log.warnings.map(({ message }) => message)).toContain(
      "'b' advertises no address: the address of 'b' cannot be used: write both a host and a port",
    )
  })

  test.skipIf(!ipv6)('may be IPv6 (skipped where the machine has no ::1)', async () => {
    await using a = await member('a', { listen: '[::1]:0', peers: { b: '[::1]:1' } })
    await using b = await member('b', { listen: '[::1]:0', peers: { a: a.transport.address! } })
    await Promise.all([link(a.station, b.station), link(b.station, a.station)])
    expect(b.transport.address).toMatch(/^\[::1\]:[1-9]\d*$/)
  })
})

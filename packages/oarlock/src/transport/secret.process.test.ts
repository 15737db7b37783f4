import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { until } from '@oarlock/test-support/event'
import { link, numbered, numbersFrom, Station, to, transportConformance } from '@oarlock/testkit/conformance'
import { describe, expect, test } from 'vitest'
import { tlsOf } from '../../test/certificates.ts'
import { freeAddress, RawPeer, WarningLog } from '../../test/raw-peer.ts'
import { TapProxy } from '../../test/tap-proxy.ts'
import { encodeHello, encodeRefusal, type Frame, FrameKind, nonceBytes, ownHello } from '../wire/index.ts'
import { TcpTransport, type TcpTransportOptions } from './index.ts'

const secret = 'a secret of the tests'
const other = 'another secret of theirs'

transportConformance('TcpTransport with a secret', { describe, test }, async () => {
  const peers = { a: await freeAddress(), b: await freeAddress(), c: await freeAddress() }
  return { transport: (id) => new TcpTransport({ id, listen: peers[id], peers, secret }) }
})

type Options = Partial<TcpTransportOptions>

/** Members 'a' and 'b' with these options, open. 'a' dials 'b' through a proxy that sees every byte. */
async function pair(of: { a: Options; b: Options }) {
  const addresses = { a: await freeAddress(), b: await freeAddress() }
  const proxy = await TapProxy.to(addresses.b)
  const log = { a: new WarningLog(), b: new WarningLog() }
  const peersOf = { a: { ...addresses, b: proxy.address }, b: addresses }
  const make = (id: 'a' | 'b') => {
    const transport = new TcpTransport({
      id,
      listen: addresses[id],
      peers: peersOf[id],
      logger: log[id],
      retry: { first: 1, longest: 1, refused: 50 },
      ...of[id],
    })
    return { transport, station: new Station(id, transport) }
  }
  const a = make('a')
  const b = make('b')
  await Promise.all([a.station.open(), b.station.open()])
  return {
    a,
    b,
    log,
    proxy,
    async [Symbol.asyncDispose]() {
      await Promise.all([a.transport.close(), b.transport.close()])
      await proxy.close()
    },
  }
}

const bothWays = (one: Station, two: Station) => Promise.all([link(one, two), link(two, one)])

describe('a shared secret', () => {
  test.each<[string, Options['secret'], Options['secret']]>([
    ['the new one and both', [other, secret], secret],
    ['both and the new one', secret, [other, secret]],
    ['both', [secret, other], [secret, other]],
  ])('is rotated with two at once: %s', async (_, first, second) => {
    await using both = await pair({ a: { secret: first! }, b: { secret: second! } })
    await bothWays(both.a.station, both.b.station)
  })

  test('goes with TLS', async () => {
    await using both = await pair({ a: { secret, tls: tlsOf('a') }, b: { secret, tls: tlsOf('b') } })
    await bothWays(both.a.station, both.b.station)
  })

  const differ = 'the secrets of the two members differ: give the same secret to every member'
  const diallerLacks =
    'the member that dials has no secret, and the other one asks for it: give the same secret to every member'
  const dialledLacks =
    'the member that dials has a secret, and the other one has none: give the same secret to every member'

  test.each<[string, { a: Options; b: Options }, string, string]>([
    ['another one', { a: { secret }, b: { secret: other } }, differ, differ],
    ['none at one end', { a: { secret }, b: {} }, dialledLacks, diallerLacks],
  ])('refuses %s by name at both ends, and tells nothing', async (_, options, ofA, ofB) => {
    await using both = await pair(options)
    const refusal = (transport: TcpTransport, peer: string) => {
      const found = transport.links().get(peer)
      return found?.state === 'refused' ? found.refusal : null
    }
    await until(() => refusal(both.a.transport, 'b') !== null && refusal(both.b.transport, 'a') !== null)
    expect(refusal(both.a.transport, 'b')).toEqual({ reason: 'wrong-secret', detail: ofA })
    expect(refusal(both.b.transport, 'a')).toEqual({ reason: 'wrong-secret', detail: ofB })
    for (const { station, transport } of [both.a, both.b]) {
      expect(station.met.size).toBe(0)
      await until(() => transport.drops().connections.refused > 0)
    }
    const seen = both.proxy.seen.toString('latin1')
    for (const told of ['incarnation', 'oarlock', secret, other]) expect(seen).not.toContain(told)
    for (const { warnings } of Object.values(both.log))
      expect(warnings.some(({ fields }) => fields.reason === 'wrong-secret')).toBe(true)
  })

  test('without it or TLS, a member that listens beyond loopback warns, once', async () => {
    const warnings = async (options: Options) => {
      const log = new WarningLog()
      const transport = new TcpTransport({ id: 'a', listen: ':0', peers: {}, logger: log, ...options })
      await new Station('a', transport).open()
      await transport.close()
      return log.warnings.map(({ message }) => message)
    }
    expect(await warnings({})).toEqual([
      expect.stringMatching(
        /^member 'a' listens on .* without tls and without a secret: anyone who can reach/,
      ),
    ])
    expect(await warnings({ listen: '127.0.0.1:0' })).toEqual([])
    expect(await warnings({ secret })).toEqual([])
    expect(await warnings({ tls: tlsOf('a') })).toEqual([])
  })
})

describe('someone between two members with a secret', () => {
  test('can change, drop, repeat or add no byte unnoticed', async () => {
    await using both = await pair({ a: { secret }, b: { secret } })
    const { a, b, proxy } = both
    await link(a.station, b.station)
    const send = () => a.transport.send([to('b')(numbered(1))])
    const changes: ((chunk: Buffer) => Buffer)[] = [
      (chunk) => Buffer.from(chunk).fill((chunk.at(-1) ?? 0) ^ 1, chunk.length - 1),
      (chunk) => Buffer.concat([chunk, chunk]),
      (chunk) => chunk.subarray(0, -25),
      // A whole authenticated frame is dropped, and the next one arrives.
      () => Buffer.alloc(0),
    ]
    for (const change of changes) {
      const before = b.transport.drops().connections['not-authentic']
      b.station.batches.length = 0
      proxy.changeNext(change)
      const timer = setInterval(send, 1)
      await until(() => b.transport.drops().connections['not-authentic'] > before)
      clearInterval(timer)
      expect(numbersFrom(b.station, 'a').length).toBeLessThanOrEqual(1)
      b.station.greetedBy.clear()
      await link(a.station, b.station)
    }
    const forged = both.log.b.warnings.filter(({ message }) =>
      message.includes('someone on the way changes it'),
    )
    expect(forged.map(({ fields }) => fields.peer)).toEqual(['a'])
  })

  test('cannot replay a connection', async () => {
    await using both = await pair({ a: { secret }, b: { secret } })
    const { a, b, proxy } = both
    await link(a.station, b.station)
    const recorded = proxy.firstConnection
    const met = b.station.met.size
    const reply = await proxy.replay(recorded)
    // Its own Hello, then a refusal.
    expect(reply.includes('secrets of the two members differ')).toBe(true)
    expect(b.station.met.size).toBe(met)
  })

  /** Member 'a' with a secret, and someone who answers in the place of 'b'. */
  async function answeredBy(answer: (socket: Socket) => void) {
    const log = new WarningLog()
    const impostor = createServer((socket) => {
      socket.on('error', () => {})
      answer(socket)
    })
    impostor.listen(0, '127.0.0.1')
    await once(impostor, 'listening')
    const peers = { b: `127.0.0.1:${(impostor.address() as AddressInfo).port}` }
    const transport = new TcpTransport({ id: 'a', listen: '127.0.0.1:0', peers, logger: log, secret })
    const a = new Station('a', transport)
    await a.open()
    return {
      a,
      transport,
      log,
      async [Symbol.asyncDispose]() {
        await transport.close()
        impostor.close()
      },
    }
  }

  test('cannot reflect the bytes of a member to itself', async () => {
    await using setting = await answeredBy((socket) => socket.pipe(socket))
    expect((await setting.log.first()).message).toContain('its Hello is our own')
    expect(setting.a.acceptedBy.size).toBe(0)
  })

  test('cannot talk a member out of its secret', async () => {
    const heard: Frame[] = []
    await using setting = await answeredBy(async (socket) => {
      const peer = new RawPeer(socket)
      await peer.frame()
      socket.write(encodeHello(ownHello(false, Buffer.alloc(nonceBytes, 5))))
      for (let frame = await peer.frame(); frame !== undefined; frame = await peer.frame()) heard.push(frame)
    })
    const { transport } = setting
    await until(() => transport.links().get('b')?.state === 'refused')
    expect(transport.links().get('b')).toMatchObject({ by: 'a', refusal: { reason: 'wrong-secret' } })
    await until(() => heard.length > 0)
    expect(heard.every(({ kind }) => kind === FrameKind.refused)).toBe(true)
  })

  test('cannot refuse a member for what it is', async () => {
    await using setting = await answeredBy((socket) => {
      socket.end(encodeRefusal({ reason: 'other-incarnation', detail: 'it has another data directory' }))
    })
    const { a, log, transport } = setting
    expect((await log.first()).message).toContain('a refusal (other-incarnation) came before the identities')
    expect(a.refusedBy.size).toBe(0)
    expect(transport.links().get('b')?.state).toBe('unreachable')
  })
})

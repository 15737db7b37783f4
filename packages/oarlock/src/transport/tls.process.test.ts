import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import type { RefusalReason } from '@oarlock/runtime'
import { until } from '@oarlock/test-support/event'
import { link, Station, transportConformance } from '@oarlock/testkit/conformance'
import { describe, expect, test } from 'vitest'
import { pemFile, tlsOf } from '../../test/certificates.ts'
import { dialRaw, freeAddress, RawPeer, WarningLog } from '../../test/raw-peer.ts'
import { TlsError } from '../errors.ts'
import { decodeRefusal, FrameKind } from '../wire/index.ts'
import { parseAddress, TcpTransport, type TcpTransportOptions, type TlsOptions } from './index.ts'

const logs = () => ({ a: new WarningLog(), b: new WarningLog() })

/** Members 'a' and 'b' with these options, open. */
async function pair(tls: { a?: TlsOptions | undefined; b?: TlsOptions | undefined }) {
  const peers = { a: await freeAddress(), b: await freeAddress() }
  const log = logs()
  const make = (id: 'a' | 'b') => {
    const options = tls[id] === undefined ? {} : { tls: tls[id] }
    const transport = new TcpTransport({
      id,
      listen: peers[id],
      peers,
      logger: log[id],
      retry: { first: 1, longest: 1, refused: 50 },
      ...options,
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
    async [Symbol.asyncDispose]() {
      await Promise.all([a.transport.close(), b.transport.close()])
    },
  }
}

transportConformance('TcpTransport with TLS', { describe, test }, async () => {
  const peers = { a: await freeAddress(), b: await freeAddress(), c: await freeAddress() }
  return {
    transport: (id) => new TcpTransport({ id, listen: peers[id], peers, tls: tlsOf(id, { names: 'id' }) }),
  }
})

describe('mutual TLS', () => {
  test('takes PEM as text and as bytes, too, and several authorities', async () => {
    const text = (name: string) => readFile(pemFile(name), 'utf8')
    const bytes = (name: string) => readFile(pemFile(name))
    await using both = await pair({
      a: { key: await text('a.key'), cert: await text('a.pem'), ca: await text('ca.pem') },
      b: {
        key: await bytes('b.key'),
        cert: await bytes('b.pem'),
        ca: [await bytes('other-ca.pem'), await bytes('ca.pem')],
      },
    })
    await Promise.all([link(both.a.station, both.b.station), link(both.b.station, both.a.station)])
  })

  /** What 'a' says of its connection to 'b', and 'b' of that to 'a'. */
  test.each<
    [string, { a?: TlsOptions; b?: TlsOptions }, RefusalReason | null, string, RefusalReason | null, string]
  >([
    [
      'an expired certificate',
      { a: tlsOf('a'), b: tlsOf('expired') },
      null,
      'its certificate has expired (CERT_HAS_EXPIRED)',
      'wrong-certificate',
      'the certificate of the member that dials has expired',
    ],
    [
      'a certificate of another authority',
      { a: tlsOf('a'), b: tlsOf('stranger') },
      null,
      'its certificate is not signed by an authority of tls.ca (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
      'wrong-certificate',
      'the certificate of the member that dials is not signed by an authority of tls.ca',
    ],
    [
      "another member's certificate",
      { a: tlsOf('a', { names: 'id' }), b: tlsOf('c') },
      null,
      "its certificate does not name 'b', as tls.names demands",
      'wrong-certificate',
      "the certificate of 'b' does not name it: make one with the DNS name 'b', or leave out tls.names on every member",
    ],
    [
      'a member without TLS',
      { a: tlsOf('a') },
      null,
      'it speaks no TLS: give tls to every member, or to none (ERR_SSL_WRONG_VERSION_NUMBER)',
      'wrong-tls',
      'the member that dials speaks no TLS, and the other one asks for it: give tls to every member, or to none',
    ],
  ])('names %s at both ends', async (_, tls, reasonA, textA, reasonB, textB) => {
    await using both = await pair(tls)
    const problem = (transport: TcpTransport, peer: string) => {
      const found = transport.links().get(peer)!
      if (found.state === 'refused') return [found.refusal.reason, found.refusal.detail]
      return [null, found.state === 'unreachable' ? found.problem : found.state]
    }
    const ofA = () => problem(both.a.transport, 'b')
    const ofB = () => problem(both.b.transport, 'a')
    await until(() => ofA()[1] === textA && ofB()[1] === textB)
    expect([ofA()[0], ofB()[0]]).toEqual([reasonA, reasonB])
    expect(both.a.transport.drops().connections['tls-failed']).toBeGreaterThan(0)
    expect(both.b.transport.drops().connections['refused-by-peer']).toBeGreaterThan(0)
    expect([both.a.station.met.size, both.b.station.met.size]).toEqual([0, 0])
    expect(both.log.a.warnings.some(({ message }) => message.includes(textA))).toBe(true)
  })

  test('tells a stranger without a certificate, and one without TLS, and reads nothing from them', async () => {
    await using both = await pair({ a: tlsOf('a'), b: tlsOf('b') })
    const { transport, station } = both.a
    const plain = await dialRaw(transport.address)
    expect(decodeRefusal((await plain.frame())!.body).reason).toBe('wrong-tls')
    const socket = connectTls({ ...parseAddress(transport.address!), rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const stranger = new RawPeer(socket)
    const frame = await stranger.frame()
    expect(frame!.kind).toBe(FrameKind.refused)
    expect(decodeRefusal(frame!.body)).toEqual({
      reason: 'wrong-certificate',
      detail: 'the member that dials shows no certificate',
    })
    await link(both.b.station, station)
    expect([...station.met.keys()]).toEqual(['b'])
  })

  test('speaks no version before 1.3', async () => {
    await using both = await pair({ a: tlsOf('a'), b: tlsOf('b') })
    const socket = connectTls({
      ...parseAddress(both.a.transport.address!),
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2',
    })
    const [error] = await once(socket, 'error')
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
    await until(() => both.a.transport.drops().connections['tls-failed'] === 1)
  })

  test('resumes no session, so that each connection verifies the certificate', async () => {
    await using both = await pair({ a: tlsOf('a'), b: tlsOf('b') })
    const certificate = { key: await readFile(pemFile('b.key')), cert: await readFile(pemFile('b.pem')) }
    const options = { ...parseAddress(both.a.transport.address!), ...certificate, rejectUnauthorized: false }
    const first = connectTls(options)
    const [session] = await once(first, 'session')
    first.destroy()
    const second = connectTls({ ...options, session })
    await once(second, 'secureConnect')
    expect(second.isSessionReused()).toBe(false)
    second.destroy()
  })

  test('bounds the connections that never begin or end their handshake, and counts them', async () => {
    const begun = Buffer.from([0x16, 3, 1, 1, 0, 1])
    const strangers = async (count: number, options: Partial<TcpTransportOptions>) => {
      const transport = new TcpTransport({
        id: 'a',
        listen: '127.0.0.1:0',
        peers: {},
        tls: tlsOf('a'),
        ...options,
      })
      await new Station('a', transport).open()
      const all = Array.from(
        { length: count },
        () => new RawPeer(connectTcp(parseAddress(transport.address!))),
      )
      // A TLS record that announces more than it has.
      for (const { socket } of all) socket.write(begun)
      return { transport, ended: () => transport.drops().connections }
    }
    const many = await strangers(4, { maxHandshakes: 2, handshakeTimeout: 60_000 })
    await until(() => many.ended()['too-many-handshakes'] === 2)
    await many.transport.close()
    const slow = await strangers(1, { handshakeTimeout: 20 })
    await until(() => slow.ended()['handshake-timeout'] === 1)
    await slow.transport.close()
  })
})

describe('the files of tls', () => {
  test.each<[string, Partial<TlsOptions>, string]>([
    [
      'a file that is not there',
      { key: '/nowhere/key.pem' },
      'tls.key: the file /nowhere/key.pem cannot be read (ENOENT)',
    ],
    [
      'the key of another certificate',
      { key: pemFile('b.key') },
      'tls: key, cert and ca do not fit together',
    ],
    ['no PEM', { cert: pemFile('make.sh') }, 'tls: key, cert and ca do not fit together, or one is not PEM'],
    [
      'an authority that is no PEM',
      { ca: pemFile('make.sh') },
      'tls: key, cert and ca do not fit together, or one is not PEM',
    ],
    [
      'a certificate for servers only',
      { key: pemFile('server-only.key'), cert: pemFile('server-only.pem') },
      'tls.cert is not made for client authentication',
    ],
  ])('with %s are refused when it is opened', async (_, wrong, message) => {
    const transport = new TcpTransport({ id: 'a', listen: '127.0.0.1:0', peers: {}, tls: tlsOf('a', wrong) })
    const opening = new Station('a', transport).open()
    await expect(opening).rejects.toBeInstanceOf(TlsError)
    await expect(opening).rejects.toThrow(message)
    await transport.close()
  })

  test('are rotated without a restart, for new connections; what cannot be used is warned about', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oarlock-tls-'))
    const paths = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }
    const install = async (name: string) => {
      await copyFile(pemFile(`${name}.key`), `${paths.key}.new`)
      await copyFile(pemFile(`${name}.pem`), `${paths.cert}.new`)
      await rename(`${paths.key}.new`, paths.key)
      await rename(`${paths.cert}.new`, paths.cert)
    }
    await install('expired')
    await using both = await pair({
      a: tlsOf('a'),
      b: { ...paths, ca: pemFile('ca.pem'), reloadInterval: 10 },
    })
    const { a, b, log } = both
    const warned = (text: string) => () => log.b.warnings.some(({ message }) => message.includes(text))
    await until(warned('the certificate of this member expired'))
    await until(() => b.transport.links().get('a')?.state === 'refused')

    await install('b')
    await Promise.all([link(a.station, b.station), link(b.station, a.station)])

    await writeFile(paths.cert, 'half a certificate')
    await until(warned('The last good ones stay in use'))
    await a.transport.close()
    const again = new Station(
      'a',
      new TcpTransport({
        id: 'a',
        listen: '127.0.0.1:0',
        peers: { b: b.transport.address! },
        tls: tlsOf('a'),
      }),
    )
    await again.open()
    await link(again, b.station)
    await again.transport.close()
    await rm(folder, { recursive: true })
  })
})

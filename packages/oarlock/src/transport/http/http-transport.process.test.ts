import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect } from 'node:net'
import { until } from '@oarlock/test-support/event'
import { link, numbered, numbersFrom, Station, to, transportConformance } from '@oarlock/testkit/conformance'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws'
import { pemFile, tlsOf } from '../../../test/certificates.ts'
import { freeAddress, WarningLog } from '../../../test/raw-peer.ts'
import { HttpTransport, type HttpTransportOptions } from '../../http.ts'
import { join, MemoryLogStore } from '../../index.ts'
import { parseAddress } from '../index.ts'

const secret = 'a secret of the tests'

async function listening<S extends Server>(server: S, address = '127.0.0.1:0'): Promise<string> {
  const { host, port } = parseAddress(address)
  server.listen(port, host)
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

const closed = (server: Server) =>
  new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })

/** As a service does: it answers what it does not know, also while its member has not joined. */
const notFound = (_request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(404).end()
}

transportConformance('HttpTransport', { describe, test }, async () => {
  const servers = { a: createServer(notFound), b: createServer(notFound), c: createServer(notFound) }
  const peers: Record<string, string> = {}
  for (const [id, server] of Object.entries(servers)) peers[id] = `http://${await listening(server)}`
  return {
    transport: (id) => new HttpTransport({ id, server: servers[id], peers, secret }),
    async dispose() {
      await Promise.all(Object.values(servers).map(closed))
    },
  }
})

const httpsServer = (id: string) =>
  createHttpsServer(
    {
      key: readFileSync(pemFile(`${id}.key`)),
      cert: readFileSync(pemFile(`${id}.pem`)),
      ca: readFileSync(pemFile('ca.pem')),
      requestCert: true,
    },
    notFound,
  )

/** Members 'a' and 'b', each on a server of its own. */
async function pair(
  options: (id: 'a' | 'b') => Partial<HttpTransportOptions> = () => ({}),
  makeServer: (id: string) => Server = () => createServer(notFound),
  scheme = 'http',
) {
  const log = new WarningLog()
  const servers = { a: makeServer('a'), b: makeServer('b') }
  const peers = {
    a: `${scheme}://${await listening(servers.a)}`,
    b: `${scheme}://${await listening(servers.b)}`,
  }
  const make = (id: 'a' | 'b') => {
    const transport = new HttpTransport({
      id,
      server: servers[id],
      peers,
      logger: log,
      retry: { first: 1, longest: 1, refused: 20 },
      ...options(id),
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
    servers,
    peers,
    async [Symbol.asyncDispose]() {
      await Promise.all([a.transport.close(), b.transport.close()])
      await Promise.all(Object.values(servers).map(closed))
    },
  }
}

/** What the server at `url` answers to a WebSocket. */
async function answerTo(
  url: string,
  options: ClientOptions = {},
  protocol = 'oarlock',
): Promise<string | number> {
  const socket = new WebSocket(url.replace('http', 'ws'), protocol, options)
  socket.on('error', () => {})
  const [what, status] = await Promise.race([
    once(socket, 'open').then(() => ['open', 0] as const),
    once(socket, 'unexpected-response').then(
      ([, response]) => ['status', (response as IncomingMessage).statusCode!] as const,
    ),
  ])
  socket.terminate()
  return what === 'open' ? what : status
}

describe('an HttpTransport', () => {
  test('over HTTPS verifies the peers at both ends, and what their certificates name', async () => {
    await using both = await pair((id) => ({ tls: tlsOf(id, { names: 'id' }) }), httpsServer, 'https')
    await Promise.all([link(both.a.station, both.b.station), link(both.b.station, both.a.station)])
    expect(both.a.transport.address).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/oarlock$/)
  })

  test('says what is wrong with a certificate, a path, and a secret', async () => {
    const problem = (transport: HttpTransport, peer: string) => {
      const found = transport.links().get(peer)
      if (found?.state === 'refused') return found.refusal.reason
      return found?.state === 'unreachable' ? found.problem : null
    }
    {
      await using both = await pair(
        (id) => ({ tls: tlsOf(id) }),
        () => httpsServer('expired'),
        'https',
      )
      await until(() => problem(both.a.transport, 'b') === 'its certificate has expired (CERT_HAS_EXPIRED)')
    }
    {
      await using both = await pair((id) => ({ path: `/${id}` }))
      const wanted =
        'it answers 404 to a WebSocket: is the path right, and does every proxy on the way pass WebSockets on?'
      await until(() => problem(both.a.transport, 'b') === wanted)
    }
    await using both = await pair((id) => ({ secret: id === 'a' ? secret : 'another secret of theirs' }))
    await until(() => problem(both.a.transport, 'b') === 'wrong-secret')
    expect(both.b.station.met.size).toBe(0)
  })

  test('refuses pages of a browser, other protocols and other paths, and reads nothing from them', async () => {
    await using both = await pair()
    const { a, peers, servers } = both
    const url = `${peers.a}/oarlock`
    expect(await answerTo(url)).toBe('open')
    expect(await answerTo(url, { origin: 'https://page.example' })).toBe(403)
    expect(await answerTo(url, {}, 'chat')).toBe(400)
    expect(await answerTo(`${peers.a}/chat`)).toBe(404)
    // What is no URL must not end the process.
    const odd = connect(parseAddress(peers.a.slice('http://'.length)))
    odd.write('GET // HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    expect(String((await once(odd, 'data'))[0])).toMatch(/^HTTP\/1.1 404 /)
    // With another listener, other paths are its own.
    const chat = new WebSocketServer({ noServer: true })
    servers.a.on('upgrade', (request, socket, head) => {
      if (request.url === '/chat') chat.handleUpgrade(request, socket, head, () => {})
    })
    expect(await answerTo(`${peers.a}/chat`, {}, 'chat')).toBe('open')
    expect(await answerTo(url)).toBe('open')
    await link(both.b.station, a.station)
    expect([...a.station.met.keys()]).toEqual(['b'])
  })

  test('bounds what a stranger sends before the handshake, and a message of any length', async () => {
    await using both = await pair(() => ({ handshakeTimeout: 60_000 }))
    const { transport } = both.a
    const dial = async (url = both.peers.a) => {
      const socket = new WebSocket(`${url}/oarlock`.replace('http', 'ws'), 'oarlock')
      socket.on('error', () => {})
      await once(socket, 'open')
      return socket
    }
    const ended = () => transport.drops().connections
    const large = await dial()
    large.send(Buffer.alloc(1024 * 1024))
    await once(large, 'close')
    const text = await dial()
    text.send('hello')
    await once(text, 'close')
    await until(() => ended()['network-error'] >= 2)
    const announced = await dial()
    announced.send(Buffer.from([0, 0x10, 0, 0, 0, 0, 0, 0, 1]))
    await once(announced, 'close')
    await until(() => ended()['frame-too-long'] === 1)
    await using hasty = await pair(() => ({ handshakeTimeout: 50 }))
    const silent = await dial(hasty.peers.a)
    await once(silent, 'close')
    await until(() => hasty.a.transport.drops().connections['handshake-timeout'] > 0)
  })

  test('holds back what a peer does not read, up to the limit', async () => {
    const maxQueueBytes = 1024 * 1024
    await using both = await pair(() => ({ maxQueueBytes, aliveInterval: 60_000 }))
    const { a, b } = both
    await link(a.station, b.station)
    const large = to('b')({
      type: 'propose',
      request: null,
      entries: [{ type: 'normal', data: new Uint8Array(300_000) }],
    })
    const stats = () => a.transport.stats().get('b')!
    // Nothing of one turn leaves within it.
    for (let n = 0; n < 20; n++) a.transport.send([large])
    expect(stats().queuedBytes).toBeLessThanOrEqual(maxQueueBytes)
    expect(a.transport.drops().messages['queue-full']).toBeGreaterThan(0)
    a.transport.send([to('b')(numbered(7))])
    await b.station.until(() => numbersFrom(b.station, 'a').includes(7))
    await b.station.until(() => b.station.messagesFrom('a').length >= 4)
  })

  test('warns if neither a secret nor certificates keep strangers out, of a server that may listen anywhere', async () => {
    const warnings = async (server: Server, options: Partial<HttpTransportOptions> = {}) => {
      const log = new WarningLog()
      const transport = new HttpTransport({ id: 'a', server, peers: {}, logger: log, ...options })
      await new Station('a', transport).open()
      await transport.close()
      return log.warnings.map(({ message }) => message)
    }
    expect(await warnings(createServer())).toEqual([
      expect.stringMatching(/^member 'a' listens on \/oarlock without tls and without a secret/),
    ])
    expect(await warnings(createServer(), { secret })).toEqual([])
    expect(await warnings(httpsServer('a'))).toEqual([])
  })

  test('refuses a second member on the same path of a server', async () => {
    await using both = await pair()
    const second = new HttpTransport({ id: 'c', server: both.servers.a, peers: {} })
    await expect(new Station('c', second).open()).rejects.toMatchObject({ code: 'OARLOCK_LISTEN' })
    await second.close()
    const beside = new HttpTransport({ id: 'c', server: both.servers.a, peers: {}, path: '/c' })
    await new Station('c', beside).open()
    await beside.close()
  })

  test.each<[Partial<HttpTransportOptions>, string]>([
    [{ path: 'oarlock' }, "HttpTransport: path must be a path that begins with '/', got 'oarlock'"],
    [
      { server: {} as Server },
      'HttpTransport: server must be a server of node:http or node:https: it has no method on',
    ],
    [
      { peers: { b: '10.0.0.1:80' } },
      "the address of 'b' cannot be used: '10.0.0.1:80' is no URL with http: or https:",
    ],
    [{ peers: { b: 'ftp://b' } }, "'ftp://b' is no URL with http: or https:"],
    [{ tls: {} as never }, 'HttpTransport: tls: key must be PEM'],
    [{ secret: 'short' }, 'HttpTransport: secret must be a string of at least 16 characters'],
  ])('refuses %o', (wrong, message) => {
    expect(() => new HttpTransport({ id: 'a', server: createServer(), peers: {}, ...wrong })).toThrow(message)
  })
})

test('members on the ports of Express applications elect a leader and replicate, while these serve', async () => {
  const ids = ['a', 'b', 'c']
  const addresses = Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await freeAddress()])))
  const peers = Object.fromEntries(ids.map((id) => [id, `http://${addresses[id]}`]))
  const applied: string[] = []
  const running = await Promise.all(
    ids.map(async (id) => {
      const app = express()
      app.get('/', (_request, response) => void response.send(`I am ${id}`))
      const server = createServer(app)
      const member = await join<string, number>({
        id,
        peers,
        transport: new HttpTransport({ id, server, peers, secret }),
        logStore: new MemoryLogStore(),
        electionTimeout: 250,
        machine: { apply: (command) => applied.push(`${id} ${command}`) },
        shutdownSignals: [],
        logger: new WarningLog(),
      })
      // A service may listen before or after it joins.
      await listening(server, addresses[id])
      return { member, server }
    }),
  )
  expect(running.map(({ member }) => member.address)).toEqual(ids.map((id) => `${peers[id]}/oarlock`))
  await running[0]!.member.propose('hello')
  await until(() => ids.every((id) => applied.includes(`${id} hello`)))
  for (const id of ids) expect(await (await fetch(peers[id]!)).text()).toBe(`I am ${id}`)
  for (const { member, server } of running) {
    await member.close()
    await closed(server)
  }
})

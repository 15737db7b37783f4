// `npm run bench:wire`: what securing the wire costs. Two transports in this process talk over loopback: small
// messages back and forth, as heartbeats are, and a stream of entries. Each round measures every wire once, so
// that all of them see the same machine. The processor time is that of both ends together.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { parseArgs } from 'node:util'
import type { Index, Message, NodeId, Term } from '@oarlock/core'
import type { Transport } from '@oarlock/runtime'
import { link, numbered, Station, to } from '@oarlock/testkit/conformance'
import { TcpTransport } from 'oarlock'
import { HttpTransport } from 'oarlock/http'
import { pemFile, tlsOf } from '../packages/oarlock/test/certificates.ts'
import { freeAddress } from '../packages/oarlock/test/raw-peer.ts'
import { numberFlag } from './number-flag.ts'
import { median, medianRatio } from './statistics.ts'
import { decimal, table, whole } from './table.ts'

interface Wire {
  readonly name: string
  make(id: NodeId, peers: Readonly<Record<NodeId, string>>): Promise<Transport>
  /** How `peers` names this address. */
  url(address: string): string
  close?(): Promise<void>
}

const secret = 'the secret of the benchmark'

const tcp = (name: string, security: (id: NodeId) => object): Wire => ({
  name,
  make: async (id, peers) => new TcpTransport({ id, listen: peers[id]!, peers, ...security(id) }),
  url: (address) => address,
})

function http(
  name: string,
  scheme: string,
  newServer: (id: NodeId) => Server,
  security: (id: NodeId) => object,
): Wire {
  const servers: Server[] = []
  return {
    name,
    async make(id, peers) {
      const server = newServer(id)
      servers.push(server)
      const { hostname, port } = new URL(peers[id]!)
      server.listen(Number(port), hostname)
      await once(server, 'listening')
      return new HttpTransport({ id, server, peers, ...security(id) })
    },
    url: (address) => `${scheme}://${address}`,
    async close() {
      for (const server of servers.splice(0)) server.close()
    },
  }
}

const withCertificate = (id: NodeId): Server =>
  createHttpsServer({
    key: readFileSync(pemFile(`${id}.key`)),
    cert: readFileSync(pemFile(`${id}.pem`)),
    ca: readFileSync(pemFile('ca.pem')),
    requestCert: true,
  })

const wires: readonly Wire[] = [
  tcp('TCP', () => ({})),
  tcp('TCP, secret', () => ({ secret })),
  tcp('TLS', (id) => ({ tls: tlsOf(id) })),
  tcp('TLS, secret', (id) => ({ tls: tlsOf(id), secret })),
  http(
    'HTTP, secret',
    'http',
    () => createServer(),
    () => ({ secret }),
  ),
  http('HTTPS', 'https', withCertificate, (id) => ({ tls: tlsOf(id) })),
]

interface Figures {
  /** Processor time of a small message there and one back, in µs. */
  readonly pair: number
  /** Processor time of a megabyte of entries, in ms. */
  readonly megabyte: number
  /** Of entries, in MB/s. */
  readonly throughput: number
}

const entryBytes = 64 * 1024
const entriesAtOnce = 16

const appendOf = (data: Uint8Array): Message => ({
  type: 'append',
  term: 1 as Term,
  prev: { term: 1 as Term, index: 1 as Index },
  entries: Array.from({ length: entriesAtOnce }, (_, n) => ({
    term: 1 as Term,
    index: (2 + n) as Index,
    type: 'normal' as const,
    data,
  })),
  commit: 1 as Index,
})

/** The processor time of `work`, in µs, and how long it took, in ms. */
async function measured(work: () => Promise<void>): Promise<{ readonly cpu: number; readonly wall: number }> {
  const began = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { cpu: user + system, wall: performance.now() - began }
}

async function measure(wire: Wire, pairs: number, megabytes: number): Promise<Figures> {
  const peers = { a: wire.url(await freeAddress()), b: wire.url(await freeAddress()) }
  const a = new Station('a', await wire.make('a', peers))
  const b = new Station('b', await wire.make('b', peers))
  await Promise.all([a.open(), b.open()])
  await Promise.all([link(a, b), link(b, a)])

  const backAndForth = (count: number): Promise<void> =>
    new Promise((resolve) => {
      let left = count
      b.onReceive = () => b.transport.send([to('a')(numbered(1))])
      a.onReceive = () => {
        b.batches.length = a.batches.length = 0
        if (--left === 0) resolve()
        else a.transport.send([to('b')(numbered(1))])
      }
      a.transport.send([to('b')(numbered(1))])
    })
  await backAndForth(500)
  const small = await measured(() => backAndForth(pairs))

  const append = appendOf(new Uint8Array(entryBytes).fill(7))
  const stream = (count: number): Promise<void> =>
    new Promise((resolve) => {
      let sent = 0
      let arrived = 0
      const fill = (): void => {
        for (; sent < count && sent - arrived < 8; sent++) a.transport.send([to('b')(append)])
      }
      b.onReceive = () => {
        arrived += b.batches.reduce((sum, { messages }) => sum + messages.length, 0)
        b.batches.length = 0
        if (arrived === count) resolve()
        else fill()
      }
      fill()
    })
  await stream(16)
  const large = await measured(() => stream(megabytes))
  await Promise.all([a.transport.close(), b.transport.close()])
  await wire.close?.()
  const size = (megabytes * entryBytes * entriesAtOnce) / 1e6
  return {
    pair: small.cpu / pairs,
    megabyte: large.cpu / 1000 / size,
    throughput: (size / large.wall) * 1000,
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, megabytes: { type: 'string', default: '400' } },
  })
  const rounds = numberFlag('rounds', values.rounds, 1)
  const megabytes = numberFlag('megabytes', values.megabytes, 1)
  const figures = new Map(wires.map(({ name }) => [name, new Map<number, Figures>()]))
  for (let round = 0; round < rounds; round++) {
    for (const wire of wires) figures.get(wire.name)!.set(round, await measure(wire, 5000, megabytes))
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
  }
  const of = (name: string, what: keyof Figures): Map<number, number> =>
    new Map([...figures.get(name)!].map(([round, figure]) => [round, figure[what]]))
  const rows = wires.map(({ name }) => {
    const ratio = (what: keyof Figures): string => decimal(medianRatio(of(name, what), of('TCP', what)), 2)
    const middle = (what: keyof Figures): number => median([...of(name, what).values()])
    return [
      name,
      ratio('pair'),
      whole(middle('pair')),
      ratio('megabyte'),
      decimal(middle('megabyte'), 2),
      whole(middle('throughput')),
    ]
  })
  const head = ['wire', 'message and answer, × TCP', 'µs', 'entries, × TCP', 'ms a MB', 'MB/s']
  process.stdout.write(`${table(head, rows)}\n`)
}

await main()

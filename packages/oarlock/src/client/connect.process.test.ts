// Clients over TCP and TLS, of members in this process.

import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type ClientRequest, encodeClientRequest } from '@oarlock/store'
import { NodeProcess } from '@oarlock/test-support/node-process'
import { identityOf, recipesConformance, storeConformance } from '@oarlock/testkit/conformance'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { tlsOf } from '../../test/certificates.ts'
import { dialRaw, helloOfB } from '../../test/raw-peer.ts'
import { leaderOf, type StartedMember, TcpMembers } from '../../test/tcp-members.ts'
import { type ConnectedClient, connect } from '../index.ts'
import {
  encodeClientIntroduction,
  encodeClientMessage,
  encodeHello,
  encodeIntroduction,
  FrameKind,
} from '../wire/index.ts'

const ids = ['a', 'b', 'c']
/** Waits for a revision that nobody knows. */
const forever: ClientRequest = {
  type: 'take',
  watch: { range: { from: Uint8Array.of(1), before: null }, from: 1_000_000 },
}
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const started = (members: TcpMembers, options: object = {}): Promise<StartedMember[]> =>
  Promise.all(ids.map((id) => members.start(id, options)))
const addressOf = ({ member }: StartedMember): string => member.address!

describe('one cluster', () => {
  let members: TcpMembers
  let all: StartedMember[]
  beforeAll(async () => {
    members = await TcpMembers.withAddresses(...ids)
    all = await started(members)
    await leaderOf(all)
  })
  afterAll(() => members[Symbol.asyncDispose]())

  storeConformance('over connect()', { describe, test }, async () => {
    const client = await connect({ endpoints: all.map(addressOf) })
    await client.kv.delete({ prefix: '' })
    for (const { id } of await client.kv.leases()) await revoked(client, id)
    return { store: client.kv, dispose: () => client.close() }
  })

  recipesConformance('over connect()', { describe, test }, async () => {
    const open = (): Promise<ConnectedClient> => connect({ endpoints: all.map(addressOf) })
    const [a, b, c] = [await open(), await open(), await open()]
    await a.kv.delete({ prefix: '' })
    return {
      coordinators: [a, b, c],
      dispose: async () => void (await Promise.all([a.close(), b.close(), c.close()])),
    }
  })

  it('is learned from any of its members', async () => {
    await using client = await connect({ endpoints: [addressOf(all[1]!)] })
    expect(client.member).toEqual({ id: 'b', address: addressOf(all[1]!) })
  })

  it('says what is wrong with each endpoint when nobody serves the client', async () => {
    const stranger = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    )
    await once(stranger, 'listening')
    const { port } = stranger.address() as { port: number }
    const endpoints = [addressOf(all[0]!), `127.0.0.1:${port}`, '127.0.0.1:9']
    const connecting = connect({ endpoints, cluster: 'another', requestTimeout: 400, logger: silent })
    await expect(connecting).rejects.toMatchObject({
      code: 'OARLOCK_CONNECT',
      message: expect.stringMatching(
        /^no member of 'another' serves this client within 400 ms\. .*\(wrong-cluster\).*does not use the protocol of a member.*127\.0\.0\.1:9: connect ECONNREFUSED/,
      ),
    })
    stranger.close()
  })

  it.each([
    ['bytes that are no request', [encodeClientMessage(Uint8Array.of(1, 99))]],
    ['an open number', [1, 1].map(() => encodeClientMessage(encodeClientRequest(1, forever)))],
    [
      'a message of a member',
      [encodeIntroduction({ identity: identityOf('b'), to: 'a', lane: 'bulk', advertise: '' })],
    ],
    [
      'a request to change that only reads claim to be',
      [encodeClientMessage(Uint8Array.of(1, 3, 0, 2, 4, 1))],
    ],
  ])('closes the connection that carries %s, and serves the others', async (_, frames) => {
    await using client = await connect({ endpoints: [addressOf(all[0]!)] })
    const peer = await dialRaw(addressOf(all[0]!), null)
    peer.socket.write(
      Buffer.concat([encodeHello(helloOfB), encodeClientIntroduction({ cluster: 'oarlock' })]),
    )
    expect((await peer.frame())?.kind).toBe(FrameKind.hello)
    expect((await peer.frame())?.kind).toBe(FrameKind.welcome)
    peer.socket.write(Buffer.concat(frames))
    await peer.closed
    await client.kv.put('still', 'here')
  })

  it.each([
    [{ endpoints: [] }, /endpoints must have at least one address/],
    [{ endpoints: 'a:1' }, /endpoints must be a list of/],
    [{ endpoints: ['a'] }, /'a'/],
    [{ endpoints: ['a:0'] }, /nobody can be reached at port 0/],
    [{ endpoints: ['a:1'], requestTimeout: '5' }, /write the number 5/],
    [{ endpoints: ['a:1'], secret: 'short' }, /secret/],
    [{ endpoints: ['a:1'], id: '' }, /id must be/],
    [{ endpoints: ['a:1'], cluser: 'x' }, /did you mean 'cluster'/],
  ])('refuses the options %j', async (options, message) => {
    await expect(connect(options as never)).rejects.toMatchObject({
      code: 'OARLOCK_INVALID_OPTIONS',
      message: expect.stringMatching(message),
    })
  })
})

async function revoked({ kv }: ConnectedClient, id: number): Promise<void> {
  // Nobody renews it any more, so it ends by itself. A key that is bound to it shows when.
  await kv.put('of a lease', '', { lease: id }).catch(() => {})
  for await (const _ of kv.watch('of a lease', { only: 'delete' })) return
}

describe('the holder of a lock, which also leads an election', () => {
  const script = fileURLToPath(new URL('../../test/holder-process.ts', import.meta.url))
  const ttl = 1000
  const holding = async (endpoints: readonly string[]) => {
    const holder = new NodeProcess(script, JSON.stringify({ endpoints, id: 'holder' }), String(ttl))
    const { lock, leadership } = JSON.parse(await holder.line((line) => line.includes('"lock"')))
    return { holder, fences: [lock, leadership] as const }
  }
  const next = async (client: ConnectedClient) => {
    const [lock, leadership] = await Promise.all([
      client.lock('job', { ttl }).acquire(),
      client.election('job', { ttl }).campaign(),
    ])
    return { lock, leadership, at: performance.now() }
  }

  it('that is killed is followed by the next one when its lease has ended, not before', async () => {
    await using members = await TcpMembers.withAddresses(...ids)
    const endpoints = (await started(members)).map(addressOf)
    const { holder, fences } = await holding(endpoints)
    await using client = await connect({ endpoints, logger: silent })
    const following = next(client)
    const killed = performance.now()
    holder.child.kill('SIGKILL')
    await holder.ended
    const { lock, leadership, at } = await following
    expect(at - killed).toBeGreaterThan(ttl / 2)
    expect([lock.held, leadership.held]).toEqual([true, true])
    expect(lock.fence).toBeGreaterThan(fences[0])
    expect(leadership.fence).toBeGreaterThan(fences[1])
  })

  it('that is paused knows that it is over when it goes on', async () => {
    await using members = await TcpMembers.withAddresses(...ids)
    const endpoints = (await started(members)).map(addressOf)
    const { holder } = await holding(endpoints)
    await using _ = holder
    await using client = await connect({ endpoints, logger: silent })
    holder.child.kill('SIGSTOP')
    const { lock } = await next(client)
    holder.child.kill('SIGCONT')
    expect(JSON.parse(await holder.line((line) => line.includes('"held"')))).toEqual({ held: [false, false] })
    expect(lock.held).toBe(true)
  })
})

it('a client goes on when its member is killed, and when another one leads', async () => {
  await using members = await TcpMembers.withAddresses(...ids)
  const all = await started(members)
  await leaderOf(all)
  await using client = await connect({ endpoints: [addressOf(all[0]!)], logger: silent })
  const lease = await client.kv.lease(5000)
  await client.kv.put('mine', '1', { lease })
  const watch = client.kv.watch({ prefix: 'n' })
  await watch.started
  const served = client.member!.id
  const putting = (async () => {
    for (let n = 0; n < 60; n++) await client.kv.put('n', String(n))
  })()
  await watch.next()
  await all.find(({ id }) => id === served)!.member.close()
  await putting
  const seen: string[] = []
  while (seen.at(-1) !== '59') seen.push((await watch.next()).value!.events[0]!.item.value)
  expect(seen).toEqual(Array.from({ length: 59 }, (_, n) => String(n + 1)))
  expect(client.member!.id).not.toBe(served)
  expect(await client.kv.get('n')).toMatchObject({ version: 60 })
  expect(lease.held).toBe(true)
})

it('a client with a certificate and the secret is served; one without is told so', async () => {
  await using members = await TcpMembers.withAddresses(...ids)
  const secret = 'the secret of this cluster'
  const all = await Promise.all(ids.map((id) => members.start(id, { tls: tlsOf(id), secret })))
  await leaderOf(all)
  const endpoints = all.map(addressOf)
  await using client = await connect({ endpoints, tls: tlsOf('a'), secret })
  await client.kv.put('key', 'value')
  const refused = { endpoints, requestTimeout: 300, logger: silent }
  await expect(connect({ ...refused, tls: tlsOf('a'), secret: 'the secret of another one' })).rejects.toThrow(
    /wrong-secret/,
  )
  await expect(connect({ ...refused, secret })).rejects.toMatchObject({ code: 'OARLOCK_CONNECT' })
})

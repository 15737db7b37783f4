// Entries never delay what elections and leases need, on the way to Redis and back: each lane has its own
// connections and channels (see laneOf).
import type { PeerMessage, Transport } from '@oarlock/runtime'
import { until } from '@oarlock/test-support/event'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { ThrottledLinks } from '@oarlock/test-support/throttled-links'
import { link, numbered, Station, specimens, to } from '@oarlock/testkit/conformance'
import { Redis } from 'ioredis'
import { join, type Member, MemoryLogStore } from 'oarlock'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { RecordingLog } from '../../test/recording-log.ts'
import type { RedisSource } from '../connection/index.ts'
import { redisTransport } from './redis-transport.ts'

describeWithRedis('the lanes of redisTransport', () => {
  let server: RedisServer
  let admin: Redis
  let prefixes = 0
  let prefix = ''
  const closing: { close(): Promise<void> }[] = []
  beforeAll(async () => {
    server = await RedisServer.start()
    admin = new Redis(server.options)
  })
  afterAll(async () => {
    admin.disconnect()
    await server[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    prefix = `lanes-${++prefixes}`
  })
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((one) => one.close()))
  })

  const open = async (id: string, redis: RedisSource = server.url): Promise<Station> => {
    const station = new Station(id, redisTransport({ redis, prefix, id, logger: new RecordingLog() }))
    closing.push(station.transport)
    await station.open()
    return station
  }
  const linked = async (redisOfB?: RedisSource): Promise<[Station, Station]> => {
    const [a, b] = await Promise.all([open('a'), open('b', redisOfB)])
    await Promise.all([link(a, b), link(b, a)])
    return [a, b]
  }
  /** The connections to Redis, without the test's own, as `CLIENT LIST` describes them. */
  const clients = async (): Promise<readonly string[]> =>
    String(await admin.call('CLIENT', 'LIST'))
      .split('\n')
      .filter((line) => line !== '' && !line.includes('cmd=client'))
  const stateOf = (station: Station, peer: string) => station.transport.links?.().get(peer)

  test('are two connections each, for every member', async () => {
    await linked()
    const subscribed = (await clients()).map((line) => Number(/ sub=(\d+)/.exec(line)?.[1]))
    expect(subscribed.toSorted()).toEqual([0, 0, 0, 0, 1, 1, 2, 2])
  })

  test('are one link: a member without one of them is unreachable until it is back', async () => {
    const own = `{${prefix}}`
    const mayAll = ['on', '>x', '+@all', '~*', `&${own}:*`]
    await admin.call('ACL', 'SETUSER', prefix, ...mayAll)
    const [a, b] = await linked({ ...server.options, username: prefix, password: 'x' })
    // Redis closes the subscribers of channels that their user may no longer have.
    await admin.call('ACL', 'SETUSER', prefix, 'resetchannels', `&${own}:to:*`, `&${own}:all`)
    await until(() => stateOf(a, 'b')?.state === 'unreachable' && stateOf(b, 'a')?.state === 'unreachable')
    expect(stateOf(a, 'b')).toMatchObject({ problem: expect.stringContaining('but not for entries') })
    expect(stateOf(b, 'a')).toMatchObject({ problem: expect.stringContaining(`lacks the right &${own}:*`) })
    expect(a.lost).toEqual(['b'])
    await admin.call('ACL', 'SETUSER', prefix, `&${own}:*`)
    await until(() => stateOf(a, 'b')?.state === 'connected' && stateOf(b, 'a')?.state === 'connected')
    expect(a.lost).toEqual(['b'])
  })

  test('let a heartbeat overtake entries on a slow link to Redis, and on a slow link from it', async () => {
    await using slow = await slowLinks(['b'], 1e6, server.port)
    const data = new Uint8Array(512 * 1024)
    const long = { ...specimens.propose, entries: [{ type: 'normal', data }] } as const
    const [a, b] = await linked(slow.urls.b)
    for (const [from, at] of [
      [a, b],
      [b, a],
    ] as const) {
      for (const message of [long, long, numbered(1)]) from.transport.send([to(at.id)(message)])
      await at.until(() => at.messagesFrom(from.id).length > 0)
      expect(at.messagesFrom(from.id)).toEqual([numbered(1)])
      await at.until(() => at.messagesFrom(from.id).length === 3)
    }
  })

  test('keep one leader, and its heartbeats prompt, while entries fill the links to Redis', async () => {
    const [rate, commandBytes, seconds] = [500_000, 32 * 1024, 3]
    // Long enough for a busy machine. On one connection heartbeats pause for longer.
    const electionTimeout = 1500
    const ids = ['a', 'b', 'c']
    await using slow = await slowLinks(ids, rate, server.port)
    const pause = new HeartbeatPause()
    const fences: number[] = []
    const leads = Promise.withResolvers<Member<Uint8Array, void>>()
    for (const id of ids) {
      const member = await join<Uint8Array, void>({
        id,
        peers: Object.fromEntries(ids.map((peer) => [peer, ''])),
        transport: pause.of(
          redisTransport({ redis: slow.urls[id]!, prefix, id, logger: new RecordingLog() }),
        ),
        logStore: new MemoryLogStore(),
        machine: { apply() {} },
        codec: { encode: (bytes) => bytes, decode: (bytes) => bytes },
        electionTimeout,
        proposeTimeout: 30_000,
        logger: new RecordingLog(),
        shutdownSignals: [],
      })
      closing.push(member)
      const leading = member.lead(async ({ fence, signal }) => {
        fences.push(fence)
        leads.resolve(member)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      })
      leading.catch(() => {})
    }
    const leader = await leads.promise
    pause.longest = 0
    let committed = 0
    const end = performance.now() + seconds * 1000
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        while (performance.now() < end) {
          await leader.propose(new Uint8Array(commandBytes))
          committed += commandBytes
        }
      }),
    )
    expect(fences).toHaveLength(1)
    expect(pause.longest).toBeLessThan(electionTimeout)
    // Of the leader's link, which carries everything twice.
    expect((2 * committed) / (rate * seconds)).toBeGreaterThan(0.6)
  })
})

/** Each member's connections to Redis share a link that carries `rate` bytes a second in each direction. */
async function slowLinks(
  ids: readonly string[],
  rate: number,
  port: number,
): Promise<AsyncDisposable & { readonly urls: Readonly<Record<string, string>> }> {
  const ports = Object.fromEntries(['redis', ...ids].map((id) => [id, port]))
  const links = await ThrottledLinks.open({ ports, rate, queue: 50 })
  const urls = Object.fromEntries(ids.map((id) => [id, `redis://${links.peers[id]!.redis}`]))
  return { urls, [Symbol.asyncDispose]: () => links[Symbol.asyncDispose]() }
}

/** The longest time between two heartbeats at one member, in ms. */
class HeartbeatPause {
  longest = 0

  of(transport: Transport): Transport {
    let last = Number.POSITIVE_INFINITY
    const heard = (messages: readonly PeerMessage[]): void => {
      if (!messages.some(({ type }) => type === 'heartbeat')) return
      this.longest = Math.max(this.longest, performance.now() - last)
      last = performance.now()
    }
    return {
      showsIdentities: true,
      open: (receiver) =>
        transport.open({
          identity: receiver.identity,
          meet: (...encounter) => receiver.meet(...encounter),
          accepted: (peer) => receiver.accepted(peer),
          refused: (by, refusal) => receiver.refused(by, refusal),
          unreachable: (peer) => receiver.unreachable(peer),
          receive: (from, messages) => {
            heard(messages)
            receiver.receive(from, messages)
          },
        }),
      send: (envelopes) => transport.send(envelopes),
      links: () => transport.links!(),
      close: () => transport.close(),
    }
  }
}

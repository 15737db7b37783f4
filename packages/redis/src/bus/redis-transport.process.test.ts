import { setTimeout as sleep } from 'node:timers/promises'
import { Disposables } from '@oarlock/test-support/disposables'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { link, numbered, numbersFrom, Station, to, transportConformance } from '@oarlock/testkit/conformance'
import { Redis } from 'ioredis'
import { join, type Member, MemoryLogStore } from 'oarlock'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RecordingLog } from '../../test/recording-log.ts'
import { sources } from '../../test/sources.ts'
import type { RedisSource } from '../connection/index.ts'
import { redisTransport } from './redis-transport.ts'

describeWithRedis('redisTransport', () => {
  let server: RedisServer
  let networks = 0
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  /** Each network has its own prefix. */
  const conforms = (name: string, redis: () => RedisSource, secret?: string): void =>
    transportConformance(
      name,
      { describe, test },
      async () => {
        const prefix = `conformance-${++networks}`
        const options = { prefix, cluster: 'c', ...(secret === undefined ? {} : { secret }) }
        return { transport: (id) => redisTransport({ redis: redis(), id, ...options }) }
      },
      { reportsLossWithoutSending: false },
    )

  conforms('redisTransport over a URL', () => server.url)
  conforms('redisTransport with a secret', () => server.options, 'open sesame')
  conforms(
    'redisTransport over a client of ioredis',
    () => new Redis({ ...server.options, lazyConnect: true }),
  )
  conforms('redisTransport over a client of node-redis', () => createClient({ url: server.url }))

  test.each([
    [{ id: '' }, "id must be a string that is not empty, got ''"],
    [{ cluster: '' }, "cluster must be a string that is not empty, got ''"],
    [{ prefix: 'a{b' }, "prefix must be a string without braces that is not empty, got 'a{b'"],
    [{ secret: '' }, 'secret must be text that is not empty, or a list of two'],
  ])('refuses options that cannot work: %j', (wrong, why) => {
    const options = { redis: server.url, id: 'a', ...wrong }
    expect(() => redisTransport(options)).toThrow(why)
    expect(() => redisTransport(options)).toThrow(
      expect.objectContaining({ code: 'OARLOCK_INVALID_OPTIONS' }),
    )
  })

  describe.each(Object.entries(sources))('over %s', (_, sourceOf) => {
    const stationOf = (id: string, { port }: RedisServer, logger = new RecordingLog()): Station =>
      new Station(id, redisTransport({ redis: sourceOf({ port }), id, logger }))

    test('opens without Redis, and delivers messages once Redis is up', async () => {
      await using own = await RedisServer.stopped()
      await using a = stationOf('a', own)
      await using b = stationOf('b', own)
      await Promise.all([a.open(), b.open()])
      a.transport.send([to('b')(numbered(1))])
      await own.start()
      await link(a, b)
      a.transport.send([to('b')(numbered(2))])
      await b.until(() => b.batches.length > 0)
      expect(numbersFrom(b, 'a')).toEqual([2])
    })

    test('delivers messages within 2 s of a restart of Redis', async () => {
      await using own = await RedisServer.start()
      await using a = stationOf('a', own)
      await using b = stationOf('b', own)
      await Promise.all([a.open(), b.open()])
      await Promise.all([link(a, b), link(b, a)])
      for (let round = 1; round <= 3; round++) {
        await own.kill()
        a.transport.send([to('b')(numbered(-round))])
        await sleep(round * 300) // the outage is longer each time
        await own.start()
        const started = performance.now()
        a.greetedBy.clear()
        b.greetedBy.clear()
        await Promise.all([link(a, b), link(b, a)])
        expect(performance.now() - started).toBeLessThan(2000)
        a.transport.send([to('b')(numbered(round))])
        await b.until(() => numbersFrom(b, 'a').includes(round))
      }
      expect(numbersFrom(b, 'a')).toEqual([1, 2, 3]) // messages of the outage are lost, not late
      expect([a.lost, b.lost]).toEqual([[], []])
    })

    test('delivers messages again after Redis hung for longer than a command may take', async () => {
      await using own = await RedisServer.start()
      const [logA, logB] = [new RecordingLog(), new RecordingLog()]
      await using a = stationOf('a', own, logA)
      await using b = stationOf('b', own, logB)
      await Promise.all([a.open(), b.open()])
      await Promise.all([link(a, b), link(b, a)])
      own.freeze()
      const sending = setInterval(() => a.transport.send([to('b')(numbered(0))]), 20)
      await Promise.all([logA.warned(/did not answer/), logB.warned(/did not answer/)])
      clearInterval(sending)
      own.wake()
      const woken = performance.now()
      a.greetedBy.clear()
      b.greetedBy.clear()
      await Promise.all([link(a, b), link(b, a)])
      expect(performance.now() - woken).toBeLessThan(2000)
    })
  })

  test('members join over it, replicate, and elect a leader again after Redis was away', async () => {
    await using own = await RedisServer.start()
    await using stack = new Disposables()
    const ids = ['a', 'b', 'c']
    const haveFirst = new Set<string>()
    const allHaveFirst = Promise.withResolvers<void>()
    const apply = (id: string, command: string): number => {
      if (command === 'first' && haveFirst.add(id).size === ids.length) allHaveFirst.resolve()
      return haveFirst.size
    }
    const members = await Promise.all(
      ids.map(async (id): Promise<Member<string, number>> => {
        const member = await join<string, number>({
          id,
          peers: Object.fromEntries(ids.map((peer) => [peer, ''])),
          transport: redisTransport({ redis: own.url, id, secret: 'ours' }),
          logStore: new MemoryLogStore(),
          machine: { apply: (command) => apply(id, command) },
          shutdownSignals: [],
        })
        stack.use(member)
        return member
      }),
    )
    await members[0]!.propose('first')
    await own.kill()
    await sleep(1000)
    await own.start()
    const back = performance.now()
    // The leader proposes: a forwarded proposal may be lost, which leaves its outcome unknown.
    const enough = new AbortController()
    const leading = members.map((member) =>
      member.lead(async () => await member.propose('second'), { signal: enough.signal }),
    )
    await Promise.any(leading)
    enough.abort()
    await Promise.allSettled(leading)
    expect(performance.now() - back).toBeLessThan(5000)
    await allHaveFirst.promise
  })
})

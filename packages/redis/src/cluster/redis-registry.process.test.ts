// The registry's scripts on a real Redis. The simulated registry of the other tests must behave the same.
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomOf } from '../../test/simulation/random.ts'
import { SimulatedConnection } from '../../test/simulation/simulated-connection.ts'
import { SimulatedRedis } from '../../test/simulation/simulated-redis.ts'
import { connect, type RedisConnection } from '../connection/index.ts'
import { ForgedRecordError, RedisRegistry } from './redis-registry.ts'
import type { ClusterIdentity, Registry } from './registry.ts'

const generationTimeout = 60_000

const cluster = (id: string, generation: number, ...founders: string[]): ClusterIdentity => ({
  id,
  generation,
  founders,
})
const x = cluster('x', 10, 'a', 'b', 'c')
const y = cluster('y', 11, 'd')

interface Stage {
  readonly registry: Registry
  /** Ends the record's life, as after `generationTimeout` without a renewal. */
  lapse(): Promise<void>
  flush(): Promise<void>
  /** Subscribes the channel of this instance from now on. */
  listen(id: string): Promise<void>
  channelOf(id: string): string
}

function behaves(setUp: () => Promise<Stage>): void {
  const claim = (
    { registry, channelOf }: Stage,
    cluster: ClusterIdentity,
    instead: string | null,
    voters: string[] = [],
  ) => registry.claim({ cluster, instead, voterChannels: voters.map(channelOf) })

  it('is empty at first, and returns the time', async () => {
    const { registry } = await setUp()
    const view = await registry.read()
    expect(view).toMatchObject({ record: null, alive: false })
    expect(view.time).toBeGreaterThan(1e10)
  })

  it('is claimed once', async () => {
    const stage = await setUp()
    expect(await claim(stage, x, null)).toBe(true)
    expect(await claim(stage, y, null)).toBe(false)
    expect(await claim(stage, y, 'x')).toBe(false)
    expect(await stage.registry.read()).toMatchObject({ record: { ...x, over: false }, alive: true })
  })

  it('can be claimed again after it lapsed, if the claimer has read the current record', async () => {
    const stage = await setUp()
    await claim(stage, x, null)
    await stage.lapse()
    expect(await stage.registry.read()).toMatchObject({ record: x, alive: false })
    expect(await claim(stage, y, 'another')).toBe(false)
    expect(await claim(stage, y, 'x')).toBe(true)
    expect(await stage.registry.read()).toMatchObject({ record: y, alive: true })
  })

  it('is renewed only for its own cluster, and only without a gap', async () => {
    const stage = await setUp()
    await claim(stage, x, null)
    expect(await stage.registry.renew(x, false)).toMatchObject({ type: 'renewed' })
    expect(await stage.registry.renew(y, false)).toMatchObject({ type: 'superseded', by: x })
    await stage.lapse()
    expect(await stage.registry.renew(x, false)).toEqual({ type: 'lapsed' })
    await stage.flush()
    expect(await stage.registry.renew(x, false)).toEqual({ type: 'lapsed' })
  })

  it('returns fences that grow, across clusters too', async () => {
    const stage = await setUp()
    await claim(stage, x, null)
    const fences: number[] = []
    const take = async (of: ClusterIdentity) => {
      const renewal = await stage.registry.renew(of, true)
      if (renewal.type === 'renewed') fences.push(renewal.fence)
    }
    await take(x)
    await take(x)
    await stage.lapse()
    await claim(stage, y, 'x')
    await take(y)
    expect(fences).toHaveLength(3)
    expect(fences.every((fence, at) => Number.isSafeInteger(fence) && fence > (fences[at - 1] ?? 0))).toBe(
      true,
    )
  })

  it('can be claimed while alive if a majority of its voters has no subscriber', async () => {
    const stage = await setUp()
    await claim(stage, x, null)
    await stage.listen('a')
    await stage.listen('b')
    expect(await claim(stage, y, 'x', ['a', 'b', 'c'])).toBe(false)
    expect(await claim(stage, y, 'x', ['a', 'c', 'd'])).toBe(true)
  })

  it('can be claimed at once when its cluster is over', async () => {
    const stage = await setUp()
    await claim(stage, x, null)
    await stage.registry.end(y)
    expect(await stage.registry.read()).toMatchObject({ record: { ...x, over: false }, alive: true })
    await stage.registry.end(x)
    expect(await stage.registry.read()).toMatchObject({ record: { ...x, over: true }, alive: false })
    expect(await stage.registry.renew(x, false)).toEqual({ type: 'lapsed' })
    expect(await claim(stage, y, 'x')).toBe(true)
    expect(await stage.registry.read()).toMatchObject({ record: { ...y, over: false }, alive: true })
  })
}

describe('the simulated registry', () => {
  behaves(async () => {
    const clock = new FakeClock()
    const redis = new SimulatedRedis(clock, randomOf(1), generationTimeout)
    const own = new SimulatedConnection('me', redis)
    const meanwhile = async <T>(promise: Promise<T>): Promise<T> => {
      let isDone = false
      const done = () => {
        isDone = true
      }
      promise.then(done, done)
      while (!isDone) {
        clock.advance(1)
        await new Promise(setImmediate)
      }
      return promise
    }
    return {
      registry: {
        read: () => meanwhile(own.read()),
        renew: (cluster, withFence) => meanwhile(own.renew(cluster, withFence)),
        claim: (options) => meanwhile(own.claim(options)),
        end: (cluster) => meanwhile(own.end(cluster)),
      },
      lapse: async () => clock.advance(generationTimeout + 1),
      flush: async () => redis.flush(),
      listen: async (id) => void new SimulatedConnection(id, redis),
      channelOf: (id) => id,
    }
  })
})

describeWithRedis('the registry in Redis', () => {
  let server: RedisServer
  let connection: RedisConnection
  let other: RedisConnection
  let prefixes = 0

  const up = (redis: RedisConnection) =>
    new Promise<void>((resolve) => {
      if (redis.isUp) return resolve()
      const cancel = redis.onChange((isUp) => {
        if (!isUp) return
        cancel()
        resolve()
      })
    })

  beforeAll(async () => {
    server = await RedisServer.start()
    const logger = { debug() {}, info() {}, warn() {}, error() {} }
    connection = connect(server.url, { prefix: 'the-registry', logger })
    other = connect(server.url, { prefix: 'the-registry', logger })
    await Promise.all([up(connection), up(other)])
  })
  afterAll(async () => {
    await connection.close()
    await other.close()
    await server[Symbol.asyncDispose]()
  })

  behaves(async () => {
    const prefix = `p${++prefixes}`
    return {
      registry: new RedisRegistry({ connection, prefix, secret: undefined, generationTimeout }),
      lapse: async () => void (await connection.command(['DEL', `{${prefix}}:alive`])),
      flush: async () => void (await connection.command(['FLUSHALL'])),
      listen: (id) => other.subscribe(`{${prefix}}:to:${id}`, () => {}),
      channelOf: (id) => `{${prefix}}:to:${id}`,
    }
  })

  it('lapses by itself', async () => {
    const registry = new RedisRegistry({
      connection,
      prefix: 'short',
      secret: undefined,
      generationTimeout: 20,
    })
    await registry.claim({ cluster: x, instead: null, voterChannels: [] })
    let alive = true
    while (alive) alive = (await registry.read()).alive
    expect(await registry.renew(x, false)).toEqual({ type: 'lapsed' })
  })

  it('refuses a record that was signed with another secret or with none', async () => {
    const of = (secret: string | undefined) =>
      new RedisRegistry({ connection, prefix: 'signed', secret, generationTimeout })
    await of('right').claim({ cluster: x, instead: null, voterChannels: [] })
    expect(await of('right').read()).toMatchObject({ record: x })
    await expect(of('wrong').read()).rejects.toThrow(ForgedRecordError)
    await expect(of(undefined).read()).rejects.toThrow(ForgedRecordError)
    await connection.command(['HSET', '{signed}:cluster', 'founders', '["mallory"]'])
    await expect(of('right').read()).rejects.toThrow(ForgedRecordError)
  })
})

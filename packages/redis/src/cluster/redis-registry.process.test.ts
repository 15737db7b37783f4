// The registry's scripts on a real Redis. The simulated registry of the other tests must behave the same.
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomOf } from '../../test/simulation/random.ts'
import { SimulatedConnection } from '../../test/simulation/simulated-connection.ts'
import { SimulatedRedis } from '../../test/simulation/simulated-redis.ts'
import { connect, type RedisConnection } from '../connection/index.ts'
import { RedisRegistry } from './redis-registry.ts'
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
  /** Whether the claim was successful. `instead`: a version that was read earlier. */
  const claim = async (
    { registry, channelOf }: Stage,
    cluster: ClusterIdentity,
    { voters = [], instead }: { readonly voters?: readonly string[]; readonly instead?: string } = {},
  ): Promise<boolean> => {
    const version = instead ?? (await registry.read()).version
    const options = {
      cluster,
      instead: version,
      voterChannels: voters.map(channelOf),
      timeToLive: generationTimeout,
    }
    return (await registry.claim(options)).type === 'claimed'
  }
  const renewal = { withFence: false, term: 1, lease: 400 }

  it('is empty at first, and returns the time', async () => {
    const { registry } = await setUp()
    const view = await registry.read()
    expect(view).toMatchObject({ record: null, unreadable: null, alive: false, lease: 0 })
    expect(view.time).toBeGreaterThan(1e10)
  })

  it('is claimed once', async () => {
    const stage = await setUp()
    const { version: instead } = await stage.registry.read()
    expect(await claim(stage, x, { instead })).toBe(true)
    expect(await claim(stage, y, { instead })).toBe(false)
    expect(await claim(stage, y)).toBe(false)
    expect(await stage.registry.read()).toMatchObject({ record: { ...x, over: false }, alive: true })
  })

  it('can be claimed again after it lapsed, if the claimer has read the current record', async () => {
    const stage = await setUp()
    const { version: instead } = await stage.registry.read()
    await claim(stage, x)
    await stage.lapse()
    expect(await stage.registry.read()).toMatchObject({ record: x, alive: false })
    expect(await claim(stage, y, { instead })).toBe(false)
    expect(await claim(stage, y)).toBe(true)
    expect(await stage.registry.read()).toMatchObject({ record: y, alive: true })
  })

  it('is renewed only for its own cluster, and only without a gap', async () => {
    const stage = await setUp()
    await claim(stage, x)
    expect(await stage.registry.renew(x, renewal)).toMatchObject({ type: 'renewed' })
    expect(await stage.registry.renew(y, renewal)).toEqual({ type: 'superseded' })
    await stage.lapse()
    expect(await stage.registry.renew(x, renewal)).toEqual({ type: 'lapsed' })
    await stage.flush()
    expect(await stage.registry.renew(x, renewal)).toEqual({ type: 'lapsed' })
  })

  it('returns fences that grow, across clusters too', async () => {
    const stage = await setUp()
    await claim(stage, x)
    const fences: number[] = []
    const take = async (of: ClusterIdentity) => {
      const outcome = await stage.registry.renew(of, { ...renewal, withFence: true })
      if (outcome.type === 'renewed') fences.push(outcome.fence)
    }
    await take(x)
    await take(x)
    await stage.lapse()
    await claim(stage, y)
    await take(y)
    expect(fences).toHaveLength(3)
    expect(fences.every((fence, at) => Number.isSafeInteger(fence) && fence > (fences[at - 1] ?? 0))).toBe(
      true,
    )
  })

  it('knows for how long the last leadership may be held, and tells the next cluster', async () => {
    const stage = await setUp()
    const { registry } = stage
    const lease = async () => (await registry.read()).lease
    const renew = (term: number, ms: number) => registry.renew(x, { withFence: false, term, lease: ms })
    await claim(stage, x)
    await renew(1, 4000)
    expect(await lease()).toBe(4000)
    await renew(2, 400)
    expect(await lease()).toBe(400)
    // A renewal of the former leader that arrives late.
    await renew(1, 4000)
    expect(await lease()).toBe(4000)
    await renew(2, 400)
    await renew(1, 100)
    expect(await lease()).toBe(400)
    await stage.lapse()
    const { version } = await registry.read()
    expect(
      await registry.claim({
        cluster: y,
        instead: version,
        voterChannels: [],
        timeToLive: generationTimeout,
      }),
    ).toEqual({
      type: 'claimed',
      lease: 400,
    })
    await registry.renew(y, { withFence: true, term: 1, lease: 300 })
    expect(await lease()).toBe(300)
  })

  it('can be claimed while alive if a majority of its voters has no subscriber', async () => {
    const stage = await setUp()
    await claim(stage, x)
    await stage.listen('a')
    await stage.listen('b')
    expect(await claim(stage, y, { voters: ['a', 'b', 'c'] })).toBe(false)
    expect(await claim(stage, y, { voters: ['a', 'c', 'd'] })).toBe(true)
  })

  it('can be claimed at once when its cluster is over', async () => {
    const stage = await setUp()
    await claim(stage, x)
    await stage.registry.end(y)
    expect(await stage.registry.read()).toMatchObject({ record: { ...x, over: false }, alive: true })
    await stage.registry.end(x)
    expect(await stage.registry.read()).toMatchObject({ record: { ...x, over: true }, alive: false })
    expect(await stage.registry.renew(x, renewal)).toEqual({ type: 'lapsed' })
    expect(await claim(stage, y)).toBe(true)
    expect(await stage.registry.read()).toMatchObject({ record: { ...y, over: false }, alive: true })
  })
}

describe('the simulated registry', () => {
  behaves(async () => {
    const clock = new FakeClock()
    const redis = new SimulatedRedis(clock, randomOf(1))
    const own = new SimulatedConnection('me', redis, generationTimeout)
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
        renew: (cluster, options) => meanwhile(own.renew(cluster, options)),
        claim: (options) => meanwhile(own.claim(options)),
        end: (cluster) => meanwhile(own.end(cluster)),
      },
      lapse: async () => clock.advance(generationTimeout + 1),
      flush: async () => redis.flush(),
      listen: async (id) => void new SimulatedConnection(id, redis, generationTimeout),
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
      registry: new RedisRegistry({ connection, prefix, secrets: [], generationTimeout }),
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
      secrets: [],
      generationTimeout: 20,
    })
    await registry.claim({
      cluster: x,
      instead: (await registry.read()).version,
      voterChannels: [],
      timeToLive: 20,
    })
    let alive = true
    while (alive) alive = (await registry.read()).alive
    const renewal = { withFence: false, term: 1, lease: 400 }
    expect(await registry.renew(x, renewal)).toEqual({ type: 'lapsed' })
  })

  describe('that is signed', () => {
    const of = (prefix: string, ...secrets: string[]) =>
      new RedisRegistry({ connection, prefix, secrets, generationTimeout })
    const claimed = async (registry: RedisRegistry, cluster: ClusterIdentity): Promise<void> => {
      const { version } = await registry.read()
      const claim = await registry.claim({
        cluster,
        instead: version,
        voterChannels: [],
        timeToLive: generationTimeout,
      })
      expect(claim.type).toBe('claimed')
    }
    const problem = async (registry: RedisRegistry) => {
      const { record, unreadable } = await registry.read()
      return record ?? unreadable?.problem
    }

    it('is unreadable with another secret, without one, and when it was altered', async () => {
      await claimed(of('signed', 'right'), x)
      expect(await of('signed', 'right').read()).toMatchObject({ record: x, unreadable: null, alive: true })
      expect(await of('signed', 'wrong').read()).toMatchObject({
        record: null,
        unreadable: { problem: expect.stringContaining('signed with another secret'), over: false },
        alive: true,
      })
      expect(await problem(of('signed'))).toMatch(/signed with a secret, and this instance has none/)
      await connection.command(['HSET', '{signed}:cluster', 'founders', '["mallory"]'])
      expect(await problem(of('signed', 'right'))).toMatch(/was altered/)
      await connection.command(['HSET', '{signed}:cluster', 'mac', ''])
      expect(await problem(of('signed', 'right'))).toMatch(/is not signed/)
    })

    it('is read with either of two secrets, and the renewal signs it with the first one', async () => {
      await claimed(of('rotated', 'old'), x)
      const rotating = of('rotated', 'new', 'old')
      expect(await problem(rotating)).toMatchObject(x)
      expect(await problem(of('rotated', 'new'))).toMatch(/another secret/)
      await rotating.renew(x, { withFence: false, term: 1, lease: 400 })
      expect(await problem(of('rotated', 'new'))).toMatchObject(x)
      expect(await problem(of('rotated', 'old'))).toMatch(/another secret/)
    })
  })

  describe('that is not from this version', () => {
    const prefix = 'garbage'
    const key = `{${prefix}}:cluster`
    const registry = () => new RedisRegistry({ connection, prefix, secrets: [], generationTimeout })

    it.each<[string, readonly (string | Uint8Array)[]]>([
      ['text', ['SET', key, 'hello']],
      ['a list', ['RPUSH', key, 'hello']],
      ['other fields', ['HSET', key, 'cluster', 'x']],
      ['no founders', ['HSET', key, 'cluster', 'x', 'generation', '1', 'founders', '[]', 'mac', '']],
      [
        'founders that are no list',
        ['HSET', key, 'cluster', 'x', 'generation', '1', 'founders', '{', 'mac', ''],
      ],
      ['no generation', ['HSET', key, 'cluster', 'x', 'generation', 'b', 'founders', '["a"]', 'mac', '']],
      [
        'bytes',
        [
          'HSET',
          key,
          'cluster',
          Uint8Array.of(0xff, 0xfe, 0),
          'generation',
          '1',
          'founders',
          '["a"]',
          'fence',
          'b',
          'lease',
          'c',
          'term',
          'd',
        ],
      ],
    ])('is unreadable, and a claim replaces it: %s', async (_, command) => {
      await connection.command(['DEL', key, `{${prefix}}:alive`])
      await connection.command(command)
      const found = await registry().read()
      if (command.length > 10) expect(found.record).not.toBeNull()
      else expect(found).toMatchObject({ record: null, unreadable: expect.anything(), alive: false })
      expect(await registry().renew(y, { withFence: true, term: 1, lease: 400 })).toEqual({
        type: 'superseded',
      })
      const claim = await registry().claim({
        cluster: x,
        instead: found.version,
        voterChannels: [],
        timeToLive: generationTimeout,
      })
      expect(claim).toEqual({ type: 'claimed', lease: 0 })
      expect(await registry().read()).toMatchObject({ record: x, unreadable: null, alive: true })
      expect(await registry().renew(x, { withFence: true, term: 1, lease: 400 })).toMatchObject({
        type: 'renewed',
      })
    })

    it('is restored by the renewal if it was deleted or altered while its cluster is alive', async () => {
      await connection.command(['DEL', key, `{${prefix}}:alive`])
      await registry().claim({
        cluster: x,
        instead: (await registry().read()).version,
        voterChannels: [],
        timeToLive: generationTimeout,
      })
      await connection.command(['DEL', key])
      expect(await registry().read()).toMatchObject({ record: null, alive: true })
      await registry().renew(x, { withFence: false, term: 1, lease: 400 })
      expect(await registry().read()).toMatchObject({ record: x, alive: true })
      await connection.command(['HSET', key, 'founders', 'nonsense'])
      await registry().renew(x, { withFence: false, term: 1, lease: 400 })
      expect(await registry().read()).toMatchObject({ record: x, alive: true })
    })

    it('is not alive if the key that says so has no time to live', async () => {
      await connection.command(['DEL', key, `{${prefix}}:alive`])
      await connection.command(['SET', `{${prefix}}:alive`, 'x'])
      const { version, alive } = await registry().read()
      expect(alive).toBe(false)
      expect(
        (
          await registry().claim({
            cluster: x,
            instead: version,
            voterChannels: [],
            timeToLive: generationTimeout,
          })
        ).type,
      ).toBe('claimed')
    })
  })
})

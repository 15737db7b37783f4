// The module over a real Redis.
import { Test, type TestingModule } from '@nestjs/testing'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { Redis } from 'ioredis'
import { filter, firstValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import {
  type ElectionOptions,
  getLeaderElectionToken,
  LeaderElectionService,
  OarlockModule,
} from './index.ts'

class App implements AsyncDisposable {
  readonly nest: TestingModule

  constructor(nest: TestingModule) {
    this.nest = nest
  }

  static async start(options: ElectionOptions, ...names: string[]): Promise<App> {
    const imports = [OarlockModule.forRoot(options), ...names.map((name) => OarlockModule.forFeature(name))]
    const nest = await Test.createTestingModule({ imports }).compile()
    await nest.init()
    return new App(nest)
  }

  service(name?: string): LeaderElectionService {
    return this.nest.get(getLeaderElectionToken(name), { strict: false })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nest.close()
  }
}

const knownLeader = ({ leader$ }: LeaderElectionService) =>
  firstValueFrom(leader$.pipe(filter((leader) => leader !== null)))

describeWithRedis('OarlockModule over Redis', () => {
  it('elects one leader, and hands over when its application closes', async () => {
    await using redis = await RedisServer.start()
    const options = { redis: redis.url, prefix: 'shop' }
    const first = await App.start(options)
    const { fence } = await first.service().waitForLeadership()
    await using second = await App.start(options)
    await using third = await App.start(options)
    for (const app of [second, third])
      expect(await knownLeader(app.service())).toEqual({ id: first.service().id, fence })
    await first[Symbol.asyncDispose]()
    expect(first.service().held).toBe(false)
    const next = await Promise.any([second, third].map((app) => app.service().waitForLeadership()))
    expect(next.fence).toBeGreaterThan(fence)
  })

  it('gives an election by another name its own cluster, under prefix:name', async () => {
    await using redis = await RedisServer.start()
    await using app = await App.start({ redis: redis.url, prefix: 'shop' }, 'billing')
    await app.service().waitForLeadership()
    await app.service('billing').waitForLeadership()
    const client = new Redis(redis.url)
    const keys = await client.keys('*')
    client.disconnect()
    expect(keys).toEqual(expect.arrayContaining(['{shop}:cluster', '{shop:billing}:cluster']))
  })

  it('starts without Redis, knows no leader, and leads when Redis is available', async () => {
    await using redis = await RedisServer.stopped()
    await using app = await App.start({ redis: { host: '127.0.0.1', port: redis.port } })
    expect(app.service()).toMatchObject({ held: false, leader: null })
    const leading = app.service().waitForLeadership()
    await redis.start()
    expect((await leading).held).toBe(true)
  })

  it('does not close a client that the application passed in', async () => {
    await using redis = await RedisServer.start()
    const client = new Redis(redis.url)
    {
      await using app = await App.start({ redis: client })
      await app.service().waitForLeadership()
    }
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  })
})

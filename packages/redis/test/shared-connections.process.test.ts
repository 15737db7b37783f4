// The elections of one process share two connections to their Redis.
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { share } from '../src/connection/index.ts'
import { type RedisElection, type RedisSource, redisElection } from '../src/index.ts'
import { RecordingLog } from './recording-log.ts'

const leads = async (election: RedisElection): Promise<void> => {
  await election.lead(async () => {})
}

describeWithRedis('the elections of one process', () => {
  let server: RedisServer
  let admin: Redis
  beforeAll(async () => {
    server = await RedisServer.start()
    admin = new Redis(server.options)
  })
  afterAll(async () => {
    admin.disconnect()
    await server[Symbol.asyncDispose]()
  })

  const elections: RedisElection[] = []
  afterEach(async () => {
    await Promise.all(elections.splice(0).map((election) => election.close()))
  })

  const start = (redis: RedisSource, prefix: string, logger = new RecordingLog()): RedisElection => {
    const options = { redis, prefix, electionTimeout: 200, shutdownSignals: [], logger }
    const election = redisElection(options)
    elections.push(election)
    return election
  }
  /** The connections to Redis, without the test's own. */
  const connections = async (): Promise<number> => {
    const list = String(await admin.call('CLIENT', 'LIST'))
    return list.split('\n').filter((line) => line !== '' && !line.includes('cmd=client')).length
  }
  const noConnections = async (): Promise<void> => {
    while ((await connections()) > 0) await new Promise(setImmediate)
  }
  const kinds: Readonly<Record<string, () => () => RedisSource>> = {
    'a URL': () => () => server.url,
    'equal options': () => () => ({ ...server.options }),
    'a client': () => {
      const client = new Redis({ ...server.options, lazyConnect: true })
      return () => client
    },
  }

  it.each(Object.entries(kinds))(
    'share two connections over %s, and close them with the last one',
    async (_, of) => {
      const source = of()
      const first = start(source(), 'shared-1')
      await leads(first)
      expect(await connections()).toBe(2)
      const more = ['shared-2', 'shared-2', 'shared-3'].map((prefix) => start(source(), prefix))
      await Promise.all([leads(more[2]!), Promise.any([leads(more[0]!), leads(more[1]!)])])
      expect(await connections()).toBe(2)
      for (const election of more) await election.close()
      expect(await connections()).toBe(2)
      expect(first.connected).toBe(true)
      await leads(first)
      await first.close()
      await noConnections()
    },
  )

  it('do not disturb each other when one is opened or closed', async () => {
    const first = share(server.url, { prefix: 'calm' })
    await first.subscribe('{calm}:all', () => {})
    await new Promise<void>((resolve) => {
      first.onChange(() => resolve())
      if (first.isUp) resolve()
    })
    const changes: boolean[] = []
    first.onChange((isUp) => changes.push(isUp))
    for (let n = 0; n < 10; n++) {
      const other = share(server.url, { prefix: `calm-${n}` })
      await other.subscribe(`{calm-${n}}:all`, () => {})
      expect([other.isUp, first.isUp]).toEqual([true, true])
      await other.close()
      await expect(other.command(['PING'])).rejects.toThrow('was closed')
    }
    expect(await first.command(['PING'])).toBe('PONG')
    expect(changes).toEqual([])
    await first.close()
    await noConnections()
  })

  it('have connections of their own to another database', async () => {
    const one = start({ ...server.options, db: 1 }, 'elsewhere')
    const two = start({ ...server.options, db: 2 }, 'elsewhere')
    await Promise.all([leads(one), leads(two)])
    expect(await connections()).toBe(4)
    await Promise.all([one.close(), two.close()])
    await noConnections()
  })

  it('lead though Redis refuses the channels of another one', async () => {
    await admin.call('ACL', 'SETUSER', 'one', 'reset', 'on', '>open', '+@all', '~*', '&{allowed}:*')
    const source = { ...server.options, username: 'one', password: 'open' }
    const log = new RecordingLog()
    const refused = start(source, 'refused', log)
    const allowed = start(source, 'allowed')
    await leads(allowed)
    await log.warned(/lacks the right &\{refused\}:\*/)
    await leads(allowed)
    expect(String(refused.why())).toMatch(/lacks the right &\{refused\}:\*/)
    expect(String(allowed.why())).not.toMatch(/refused/)
    await admin.call('ACL', 'SETUSER', 'one', '&{refused}:*')
    await leads(refused)
    await Promise.all([refused.close(), allowed.close()])
    await noConnections()
  })
})

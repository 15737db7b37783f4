// The elections of one process share two connections to their Redis.
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { Redis } from 'ioredis'
import type { Leadership } from 'oarlock'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type RedisElection, type RedisSource, redisElection } from '../src/index.ts'
import { RecordingLog } from './recording-log.ts'

const leads = async (election: RedisElection): Promise<Leadership> =>
  (await election.lead(async (leadership) => leadership))!

/** In ms. Of an election whose leadership must last while others come and go, also on a busy machine. */
const lasting = 1000

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

  /** After a test that failed, too, so that the next one counts only its own connections. */
  const opened: RedisElection[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((election) => election.close()))
  })

  const start = (
    redis: RedisSource,
    prefix: string,
    { electionTimeout = 200, logger = new RecordingLog() } = {},
  ): RedisElection => {
    const election = redisElection({ redis, prefix, electionTimeout, shutdownSignals: [], logger })
    opened.push(election)
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
      const first = start(source(), 'shared-1', { electionTimeout: lasting })
      const leadership = await leads(first)
      expect(await connections()).toBe(2)
      const more = ['shared-2', 'shared-2', 'shared-3'].map((prefix) => start(source(), prefix))
      await Promise.all([leads(more[2]!), Promise.any([leads(more[0]!), leads(more[1]!)])])
      expect(await connections()).toBe(2)
      for (const election of more) await election.close()
      expect(await connections()).toBe(2)
      expect(first.connected).toBe(true)
      expect(first.leadership).toBe(leadership)
      expect(leadership.held).toBe(true)
      await first.close()
      await noConnections()
    },
  )

  it('do not disturb each other when one is opened or closed', async () => {
    const first = start(server.url, 'calm', { electionTimeout: lasting })
    const lost: boolean[] = []
    const leadership = await leads(first)
    leadership.signal.addEventListener('abort', () => lost.push(true))
    for (let n = 0; n < 10; n++) {
      const other = start(server.url, `calm-${n}`)
      if (n % 2 === 0) await leads(other)
      if (!first.connected) lost.push(true)
      await other.close()
    }
    expect(lost).toEqual([])
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
    const refused = start(source, 'refused', { logger: log })
    const allowed = start(source, 'allowed', { electionTimeout: lasting })
    const leadership = await leads(allowed)
    await log.warned(/lacks the right &\{refused\}:\*/)
    expect(leadership.held).toBe(true)
    expect(String(refused.why())).toMatch(/lacks the right &\{refused\}:\*/)
    expect(String(allowed.why())).not.toMatch(/refused/)
    await admin.call('ACL', 'SETUSER', 'one', '&{refused}:*')
    await leads(refused)
    await Promise.all([refused.close(), allowed.close()])
    await noConnections()
  })
})

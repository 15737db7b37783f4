// What Redis answered is in why(), in status() and once in the log, and no election says that it leads while
// it does not.
import { until } from '@oarlock/test-support/event'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RedisElection, type RedisElectionOptions, redisElection } from '../src/index.ts'
import { RecordingLog } from './recording-log.ts'

const holds = (election: RedisElection): boolean => election.leadership?.held === true

describeWithRedis('an election says', () => {
  let server: RedisServer
  let admin: Redis
  beforeAll(async () => {
    server = await RedisServer.start()
    admin = new Redis(server.options)
    admin.on('error', () => {})
  })
  afterAll(async () => {
    admin.disconnect()
    await server[Symbol.asyncDispose]()
  })

  const start = (prefix: string, log: RecordingLog, options: Partial<RedisElectionOptions> = {}) =>
    redisElection({
      redis: server.url,
      prefix,
      logger: log,
      electionTimeout: 200,
      shutdownSignals: [],
      ...options,
    })

  const all =
    '+publish +subscribe +unsubscribe +pubsub +eval +ping +info +select +hmget +hget +hset +get +set +del +exists +pttl +time'

  it.each([
    ['+eval', 'ioredis'],
    ['+publish', 'node-redis'],
    ['+subscribe', 'ioredis'],
    ['+subscribe', 'node-redis'],
    ['+hmget', 'ioredis'],
    ['+set', 'node-redis'],
    ['+hset', 'ioredis'],
    ['~{rights}:*', 'ioredis'],
    ['&{rights}:*', 'ioredis'],
    ['&{rights}:*', 'node-redis'],
  ])('which right it lacks, and leads once it has it: %s, with %s', async (right, library) => {
    const rights = `${all} ~{rights}:* &{rights}:*`.split(' ').filter((one) => one !== right)
    await admin.flushall()
    await admin.call('ACL', 'SETUSER', 'elector', 'reset', 'on', '>open', ...rights)
    const log = new RecordingLog()
    const user = { username: 'elector', password: 'open' }
    const redis =
      library === 'ioredis'
        ? { ...server.options, ...user }
        : createClient({ socket: server.options, ...user })
    const election = start('rights', log, { redis })
    const lacks = `lacks the right ${right}:`
    await until(() => String(election.why()).includes(lacks))
    expect(election.status()).toMatchObject({ held: false, leader: null })
    expect(election.status().problems).toContainEqual({
      kind: 'broker',
      node: election.id,
      text: expect.stringContaining(lacks),
    })
    await log.warned(/lacks the right/)
    await admin.call('ACL', 'SETUSER', 'elector', right)
    await until(() => holds(election))
    await until(() => election.status().problems.length === 0)
    await until(() => /holds its lease/.test(String(election.why())))
    expect(log.warnings.filter((warning) => /^Redis refused/i.test(warning))).toHaveLength(1)
    await election.close()
  })

  it('that Redis is out of memory, in a few lines, and never that it holds a lease that it has lost', async () => {
    const log = new RecordingLog()
    const elections = [1, 2].map(() => start('memory', log))
    await until(() => elections.some(holds) && elections.every(({ leader }) => leader !== null))
    const before = log.warnings.length
    await admin.config('SET', 'maxmemory', '1')
    await until(() => !elections.some(holds))
    const wrong: string[] = []
    const seen = new Set<string>()
    const end = performance.now() + 2000
    await until(() => {
      for (const election of elections) {
        const text = String(election.why())
        if (!holds(election) && /holds its lease/.test(text)) wrong.push(text)
        if (!holds(election) && election.why().leader === election.id) wrong.push(`leader: ${text}`)
        if (/out of memory/.test(text)) seen.add(election.id)
      }
      return performance.now() > end
    })
    expect(wrong).toEqual([])
    expect(seen.size).toBeGreaterThan(0)
    expect(log.warnings.slice(before).filter((warning) => /OOM/.test(warning)).length).toBeLessThan(5)
    expect(log.warnings.length - before).toBeLessThan(10)
    await admin.config('SET', 'maxmemory', '0')
    await until(() => elections.some(holds))
    await Promise.all(elections.map((election) => election.close()))
  })

  it('that Redis is gone and since when, and at last that it is closed', async () => {
    const own = await RedisServer.start()
    const log = new RecordingLog()
    const election = start('gone', log, { redis: own.url })
    await until(() => holds(election))
    await own.kill()
    await until(() => !holds(election))
    await until(() => /ECONNREFUSED/.test(String(election.why())))
    expect(String(election.why())).toMatch(
      /^No connection to Redis: connect ECONNREFUSED .* This has lasted for /,
    )
    expect(String(election.why())).not.toMatch(/holds its lease/)
    expect(election.status()).toMatchObject({
      held: false,
      problems: [{ kind: 'broker', text: expect.stringContaining('ECONNREFUSED') }],
    })
    await election.close()
    expect(String(election.why())).toBe(`${election.id} is closed, and takes no part any more.`)
    expect(election.status()).toEqual({
      id: election.id,
      state: 'closed',
      held: false,
      leader: null,
      problems: [],
    })
    await own[Symbol.asyncDispose]()
  })
})

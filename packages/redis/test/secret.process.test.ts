// Secrets are introduced, rotated and removed on a real Redis, and each time there is a leader again. The same
// holds for a record that is garbage.
import { isDeepStrictEqual } from 'node:util'
import { until } from '@oarlock/test-support/event'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RedisElection, type RedisElectionOptions, redisElection } from '../src/index.ts'
import { RecordingLog } from './recording-log.ts'

type Secret = NonNullable<RedisElectionOptions['secret']> | null

describeWithRedis('a prefix', () => {
  let server: RedisServer
  let admin: Redis
  let prefixes = 0
  beforeAll(async () => {
    server = await RedisServer.start()
    admin = new Redis(server.options)
  })
  afterAll(async () => {
    admin.disconnect()
    await server[Symbol.asyncDispose]()
  })

  const start = (prefix: string, secret: Secret, log = new RecordingLog()): RedisElection =>
    redisElection({
      logger: log,
      redis: server.url,
      prefix,
      electionTimeout: 200,
      shutdownSignals: [],
      ...(secret === null ? {} : { secret }),
    })
  const knowsLeader = async (election: RedisElection, among: readonly RedisElection[]): Promise<string> => {
    for await (const leader of election.observe())
      if (leader !== null && among.some(({ id }) => id === leader.id)) return leader.id
    throw new Error('closed')
  }
  const agree = async (elections: readonly RedisElection[]): Promise<void> => {
    let leaders: readonly string[]
    do leaders = await Promise.all(elections.map((election) => knowsLeader(election, elections)))
    while (new Set(leaders).size > 1)
  }
  /** Each of them is a voter, and knows that. */
  const vote = (elections: readonly RedisElection[]): Promise<void> =>
    until(() => {
      const ids = elections.map(({ id }) => id).sort()
      return elections.every((election) =>
        isDeepStrictEqual([...(election.inspect()?.configuration.voters ?? [])].sort(), ids),
      )
    })
  const three = async (secret: Secret, log?: RecordingLog) => {
    const prefix = `secret-${++prefixes}`
    const elections = [1, 2, 3].map(() => start(prefix, secret, log))
    await agree(elections)
    return { prefix, elections }
  }
  const close = (elections: readonly RedisElection[]) =>
    Promise.all(elections.map((election) => election.close()))

  const changes: readonly (readonly [Secret, Secret])[] = [
    [null, 'introduced'],
    ['old', 'new'],
    ['old', ['new', 'old']],
    ['removed', null],
  ]

  it('has a leader again after its secret was changed on one instance after the other', async () => {
    await Promise.all(
      changes.map(async ([before, after]) => {
        const { prefix, elections } = await three(before)
        const changed: RedisElection[] = []
        for (const election of elections) {
          await election.close()
          changed.push(start(prefix, after))
        }
        await agree(changed)
        await close(changed)
      }),
    )
  })

  it('has a leader again after its secret was changed on all instances at once', async () => {
    await Promise.all(
      changes.map(async ([before, after]) => {
        const { prefix, elections } = await three(before)
        await close(elections)
        const changed = [1, 2, 3].map(() => start(prefix, after))
        await agree(changed)
        await close(changed)
      }),
    )
  })

  it('has a leader again after all instances crashed and came back with another secret', async () => {
    await Promise.all(
      changes.map(async ([before, after]) => {
        const { prefix, elections } = await three(before)
        await close(elections)
        // As a crash leaves it.
        await admin.hdel(`{${prefix}}:cluster`, 'over')
        await admin.set(`{${prefix}}:alive`, 'the last cluster', 'PX', 1000)
        const changed = [1, 2, 3].map(() => start(prefix, after))
        await agree(changed)
        await close(changed)
      }),
    )
  })

  it('refuses no message and no record while two secrets are accepted on the way from the old to the new one', async () => {
    const log = new RecordingLog()
    const { prefix, elections } = await three('old', log)
    await vote(elections)
    for (const secret of [['old', 'new'], ['new', 'old'], 'new'] as const)
      for (const at of elections.keys()) {
        await elections[at]!.close()
        elections[at] = start(prefix, secret, log)
        await vote(elections)
      }
    await close(elections)
    expect(log.warnings.filter((warning) => /secret|signed/.test(warning))).toEqual([])
  })

  it('has a leader again after its record was replaced by garbage', async () => {
    const { prefix, elections } = await three(null)
    const generation = elections[0]!.generation!
    await admin.set(`{${prefix}}:cluster`, 'garbage')
    await until(() => elections.every((election) => (election.generation ?? 0) > generation))
    await agree(elections)
    await close(elections)
  })
})

import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { expect, it } from 'vitest'
import { redisElection } from './redis-election.ts'

describeWithRedis('an election over Redis', () => {
  it('can be closed by its own task, which does not wait for itself', async () => {
    await using redis = await RedisServer.start()
    // So long that a close that waits for its own task exceeds the time of the test.
    const election = redisElection({ redis: redis.url, shutdownSignals: [], drainTimeout: 600_000 })
    expect(await election.lead(() => election.close().then(() => 'closed'))).toBe('closed')
    await election.closed
  })
})

import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { expect, it } from 'vitest'
import { redisElection } from './redis-election.ts'

describeWithRedis('instances on a host called büro-pc', () => {
  it('elect one of them, and the other sees its name', async () => {
    await using redis = await RedisServer.start()
    const options = { redis: redis.url, name: 'büro-pc', shutdownSignals: [], expected: 2 }
    const [a, b] = [redisElection(options), redisElection(options)]
    try {
      const leading = [a, b].map((election) => election.lead(async () => election))
      const leader = (await Promise.race(leading))!
      const other = leader === a ? b : a
      for await (const seen of other.observe())
        if (seen !== null) {
          expect(seen.id).toMatch(/^büro-pc~[0-9a-f]{8}$/)
          expect(seen.id).toBe(leader.id)
          break
        }
    } finally {
      await Promise.all([a.close(), b.close()])
    }
  })
})

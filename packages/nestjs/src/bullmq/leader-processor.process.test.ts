// @LeaderProcessor with BullMQ and a real Redis.
import { BullModule, Processor, WorkerHost } from '@nestjs/bullmq'
import { Test, type TestingModule } from '@nestjs/testing'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { type Job, Queue, QueueEvents } from 'bullmq'
import { expect, it } from 'vitest'
import { currentLeadership } from '../index.ts'
import { OarlockTestingModule, TestElection } from '../testing/index.ts'
import { LeaderProcessor } from './index.ts'

/**
 * An instance of an application whose queue only the leader processes. With `autorun` its worker starts
 * before there is a leader.
 */
async function instance(name: string, port: number, autorun: boolean): Promise<TestingModule> {
  @LeaderProcessor()
  @Processor('reports', { autorun })
  class Reports extends WorkerHost {
    async process(job: Job): Promise<string> {
      return `${job.name} by ${name}, fence ${currentLeadership()?.fence}, attempt ${job.attemptsMade}`
    }
  }
  const nest = await Test.createTestingModule({
    imports: [
      BullModule.forRoot({ connection: { host: '127.0.0.1', port } }),
      BullModule.registerQueue({ name: 'reports' }),
      OarlockTestingModule.forRoot(new TestElection(name)),
    ],
    providers: [Reports],
  }).compile()
  return nest.init()
}

describeWithRedis('a queue with @LeaderProcessor', () => {
  it.each([false, true])('is processed by the instance that leads (autorun: %s)', async (autorun) => {
    await using redis = await RedisServer.start()
    const connection = { host: '127.0.0.1', port: redis.port }
    const queue = new Queue('reports', { connection })
    const events = new QueueEvents('reports', { connection })
    await events.waitUntilReady()
    const [a, b] = [await instance('a', redis.port, autorun), await instance('b', redis.port, autorun)]
    try {
      const first = await queue.add('first', {})
      a.get(TestElection).win()
      expect(await first.waitUntilFinished(events)).toBe('first by a, fence 1, attempt 0')
      a.get(TestElection).lose('b')
      const second = await queue.add('second', {})
      b.get(TestElection).lose('a')
      b.get(TestElection).win()
      expect(await second.waitUntilFinished(events)).toBe('second by b, fence 2, attempt 0')
    } finally {
      await Promise.all([a.close(), b.close(), queue.close(), events.close()])
    }
  })
})

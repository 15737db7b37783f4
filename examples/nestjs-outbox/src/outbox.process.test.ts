// The outbox over a real Redis: what it rejects, and how a new leader goes on.
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { Outbox, OutboxRefusedError } from './outbox.ts'
import { queueName } from './settings.ts'
import { RedisProxy } from './trial/redis-proxy.ts'

/** A leadership whose holder believes that it is held until `end` is called. */
function leadership(fence: number) {
  const controller = new AbortController()
  const end = () => controller.abort(new Error('it is over'))
  return {
    fence,
    held: true,
    deadline: Number.POSITIVE_INFINITY,
    signal: controller.signal,
    assertHeld() {},
    end,
  }
}

async function open(url: string, fence: number): Promise<Outbox> {
  const outbox = await Outbox.open(url, leadership(fence))
  onTestFinished(() => outbox.close())
  return outbox
}

const event = (position: number) => ({ position, text: `event ${position}` })

/** The positions of the waiting jobs. */
async function waiting(redis: RedisServer): Promise<number[]> {
  const queue = new Queue(queueName, { connection: { url: redis.url } })
  const jobs = await queue.getWaiting()
  await queue.close()
  return jobs.map(({ data }) => data.position).toSorted((a, b) => a - b)
}

async function command(redis: RedisServer, name: string, ...args: string[]): Promise<void> {
  const client = new Redis(redis.url)
  await client.call(name, ...args)
  client.disconnect()
}

/** Empties the queue, as if all jobs had been processed. */
async function drain(redis: RedisServer): Promise<void> {
  const queue = new Queue(queueName, { connection: { url: redis.url } })
  await queue.drain()
  await queue.close()
}

describeWithRedis('the outbox', () => {
  it('continues where the previous leader stopped', async () => {
    await using redis = await RedisServer.start()
    const first = await open(redis.url, 1)
    expect(first.position).toBe(0)
    await first.enqueue([event(1), event(2)])
    await first.enqueue([event(3)])
    const second = await open(redis.url, 2)
    expect(second.position).toBe(3)
    await second.enqueue([event(4)])
    expect(await waiting(redis)).toEqual([1, 2, 3, 4])
  })

  it("rejects a transaction that arrives after another leader's, even if that one's jobs are done and gone", async () => {
    await using redis = await RedisServer.start()
    const proxy = await RedisProxy.to(redis.port)
    onTestFinished(() => proxy.close())
    const cutOff = leadership(1)
    const first = await Outbox.open(proxy.url, cutOff)
    const cut = proxy.cutAtTransaction()
    const enqueuing = first.enqueue([event(1)])
    const lost = expect(enqueuing).rejects.toThrow()
    await cut
    const second = await open(redis.url, 2)
    await second.enqueue([event(1), event(2)])
    await drain(redis)
    cutOff.end()
    await lost
    expect(await proxy.mend()).toBe(true)
    expect(await waiting(redis)).toEqual([])
    expect((await open(redis.url, 3)).position).toBe(2)
  })

  it('accepts a late transaction if no other leader has enqueued meanwhile', async () => {
    await using redis = await RedisServer.start()
    const proxy = await RedisProxy.to(redis.port)
    onTestFinished(() => proxy.close())
    const cutOff = leadership(1)
    const first = await Outbox.open(proxy.url, cutOff)
    const cut = proxy.cutAtTransaction()
    const lost = expect(first.enqueue([event(1)])).rejects.toThrow()
    await cut
    const second = await open(redis.url, 2)
    expect(second.position).toBe(0)
    cutOff.end()
    await lost
    expect(await proxy.mend()).toBe(false)
    await expect(second.enqueue([event(1)])).rejects.toThrow(OutboxRefusedError)
    expect(await waiting(redis)).toEqual([1])
    expect((await open(redis.url, 2)).position).toBe(1)
  })

  it("loses no event if Redis has forgotten BullMQ's scripts", async () => {
    await using redis = await RedisServer.start()
    const outbox = await open(redis.url, 1)
    await outbox.enqueue([event(1)])
    await command(redis, 'script', 'flush')
    await expect(outbox.enqueue([event(2), event(3)])).rejects.toThrow('NOSCRIPT')
    const again = await open(redis.url, 1)
    expect(again.position).toBe(1)
    await again.enqueue([event(2), event(3)])
    expect(await waiting(redis)).toEqual([1, 2, 3])
  })

  it('enqueues events again that Redis has forgotten', async () => {
    await using redis = await RedisServer.start()
    const outbox = await open(redis.url, 1)
    await outbox.enqueue([event(1)])
    await command(redis, 'flushall')
    await expect(outbox.enqueue([event(2)])).rejects.toThrow(OutboxRefusedError)
    const again = await open(redis.url, 1)
    expect(again.position).toBe(0)
    await again.enqueue([event(1), event(2)])
    expect(await waiting(redis)).toEqual([1, 2])
  })

  it('rejects a leader that read the position before another leader enqueued', async () => {
    await using redis = await RedisServer.start()
    const [first, second] = [await open(redis.url, 1), await open(redis.url, 2)]
    await second.enqueue([event(1)])
    await expect(first.enqueue([event(1)])).rejects.toThrow(OutboxRefusedError)
    expect(await waiting(redis)).toEqual([1])
  })

  it('rejects a fence that is smaller than one it has seen, even at the right position', async () => {
    await using redis = await RedisServer.start()
    await (await open(redis.url, 2)).enqueue([event(1)])
    await expect(Outbox.open(redis.url, leadership(1))).rejects.toThrow(
      new OutboxRefusedError('fence 1 is older than fence 2, which has enqueued already'),
    )
  })
})

// What the outbox refuses, on a real Redis.
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { Outbox, OutboxRefusedError } from './outbox.ts'
import { queueName } from './settings.ts'
import { Line } from './trial/line.ts'

/** A leadership that its holder takes for held until it is ended. */
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

/** The positions that wait on the queue, in its order. */
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

/** As if all jobs had been worked. */
async function work(redis: RedisServer): Promise<void> {
  const queue = new Queue(queueName, { connection: { url: redis.url } })
  await queue.drain()
  await queue.close()
}

describeWithRedis('the outbox', () => {
  it('goes on where the leader before has stopped', async () => {
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

  it('refuses a transaction that arrives after another leader has enqueued, though its jobs are worked and gone', async () => {
    await using redis = await RedisServer.start()
    const line = await Line.to(redis.port)
    onTestFinished(() => line.close())
    const cutOff = leadership(1)
    const first = await Outbox.open(line.url, cutOff)
    const cut = line.cutAtTransaction()
    const enqueuing = first.enqueue([event(1)])
    const lost = expect(enqueuing).rejects.toThrow()
    await cut
    const second = await open(redis.url, 2)
    await second.enqueue([event(1), event(2)])
    await work(redis)
    cutOff.end()
    await lost
    expect(await line.mend()).toBe(true)
    expect(await waiting(redis)).toEqual([])
    expect((await open(redis.url, 3)).position).toBe(2)
  })

  it('takes a transaction that arrives late once, if nobody has enqueued meanwhile', async () => {
    await using redis = await RedisServer.start()
    const line = await Line.to(redis.port)
    onTestFinished(() => line.close())
    const cutOff = leadership(1)
    const first = await Outbox.open(line.url, cutOff)
    const cut = line.cutAtTransaction()
    const lost = expect(first.enqueue([event(1)])).rejects.toThrow()
    await cut
    const second = await open(redis.url, 2)
    expect(second.position).toBe(0)
    cutOff.end()
    await lost
    expect(await line.mend()).toBe(false)
    await expect(second.enqueue([event(1)])).rejects.toThrow(OutboxRefusedError)
    expect(await waiting(redis)).toEqual([1])
    expect((await open(redis.url, 2)).position).toBe(1)
  })

  it('loses no event to a Redis that has forgotten the scripts of BullMQ', async () => {
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

  it('does not go on behind events that Redis has forgotten, but enqueues them again', async () => {
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

  it('refuses a leader that was open before another one enqueued', async () => {
    await using redis = await RedisServer.start()
    const [first, second] = [await open(redis.url, 1), await open(redis.url, 2)]
    await second.enqueue([event(1)])
    await expect(first.enqueue([event(1)])).rejects.toThrow(OutboxRefusedError)
    expect(await waiting(redis)).toEqual([1])
  })

  it('refuses a fence that is smaller than one that it has seen, even where it left off', async () => {
    await using redis = await RedisServer.start()
    await (await open(redis.url, 2)).enqueue([event(1)])
    await expect(Outbox.open(redis.url, leadership(1))).rejects.toThrow(
      new OutboxRefusedError('fence 2 was here, and this is 1'),
    )
  })
})

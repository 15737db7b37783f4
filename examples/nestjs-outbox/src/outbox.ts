// The way from the event source onto the queue, for one leadership. Beside the queue lies how far the events are on it, and under
// which fence: both move in the one transaction that adds the jobs, and Redis refuses that if anybody else has moved them.
import { createIORedisClient, type IRedisClient, type IRedisTransaction, Job, Queue } from 'bullmq'
import { type ChainableCommander, Redis } from 'ioredis'
import type { Leadership } from 'oarlock'
import type { StoredEvent } from './event-source.ts'
import { queueName, queueOptions } from './settings.ts'

/** In a Redis Cluster it has to lie where the queue does: there, give the queue a prefix in braces, and this the same one. */
const key = `outbox:${queueName}`

/**
 * A transaction of Redis goes on after an error: if it has forgotten BullMQ's script (SCRIPT FLUSH), or is out of memory, no job is
 * there, and the position has to stay.
 */
const moveIfThere = `
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'position', ARGV[2])
end`

export interface OutboxJob {
  readonly position: number
  readonly fence: number
  readonly event: string
}

const jobId = (position: number): string => `event-${position}`

/** Somebody else has moved the position. Nothing was enqueued. */
export class OutboxRefusedError extends Error {
  override readonly name = 'OutboxRefusedError'
}

export class Outbox {
  readonly #client: Redis
  /** The same, as BullMQ has it. */
  readonly #bull: IRedisClient
  readonly #queue: Queue
  readonly #leadership: Leadership
  readonly #disconnect = (): void => this.#client.disconnect()
  #position = 0

  /** With the position of the last event that is on the queue. */
  static async open(redis: string, leadership: Leadership): Promise<Outbox> {
    const outbox = new Outbox(redis, leadership)
    try {
      await outbox.#queue.waitUntilReady()
      outbox.#position = await outbox.#watch()
      return outbox
    } catch (error) {
      outbox.close()
      throw error
    }
  }

  private constructor(redis: string, leadership: Leadership) {
    this.#leadership = leadership
    // A connection of its own, that does not reconnect: what it watches would be forgotten.
    this.#client = new Redis(redis, {
      retryStrategy: () => null,
      maxRetriesPerRequest: null,
      disconnectTimeout: 100,
    })
    this.#client.on('error', () => {}) // Commands are rejected.
    this.#bull = createIORedisClient(this.#client)
    this.#queue = new Queue(queueName, { ...queueOptions, connection: this.#bull })
    this.#queue.on('error', () => {})
    // What waits for an answer has to end, too.
    leadership.signal.addEventListener('abort', this.#disconnect)
  }

  get position(): number {
    return this.#position
  }

  /** All of these events, which follow `position`, or none. Throws OutboxRefusedError, LeadershipLostError, or what is wrong with Redis. */
  async enqueue(events: readonly StoredEvent[]): Promise<void> {
    const { fence } = this.#leadership
    if ((await this.#watch()) !== this.#position) throw new OutboxRefusedError('the position has been moved')
    this.#leadership.assertHeld()
    const transaction = this.#bull.multi() as IRedisTransaction & ChainableCommander
    const position = this.#position + events.length
    for (const event of events) {
      const data: OutboxJob = { position: event.position, fence, event: event.text }
      const id = jobId(event.position)
      await new Job(this.#queue, 'event', data, { jobId: id, removeOnComplete: true }, id).addJob(transaction)
    }
    transaction.eval(moveIfThere, 2, key, this.#queue.toKey(jobId(position)), fence, position)
    const results = await transaction.exec()
    if (results === null) throw new OutboxRefusedError('the position was moved meanwhile')
    for (const [error] of results) if (error !== null) throw error
    this.#position = position
  }

  /** The position. From here on the next transaction is refused if it changes. */
  async #watch(): Promise<number> {
    const [, [fence, position]] = await Promise.all([
      this.#client.watch(key),
      this.#client.hmget(key, 'fence', 'position'),
    ])
    if (Number(fence ?? 0) > this.#leadership.fence)
      throw new OutboxRefusedError(`fence ${fence} was here, and this is ${this.#leadership.fence}`)
    return Number(position ?? 0)
  }

  close(): void {
    this.#leadership.signal.removeEventListener('abort', this.#disconnect)
    this.#disconnect()
  }
}

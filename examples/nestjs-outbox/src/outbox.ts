// Puts events on the queue, for one leadership. A key beside the queue holds the position of the last
// enqueued event, and the fence of its leader. The transaction that adds jobs also updates that key, and
// Redis rejects it if another leader has updated it.
import { createIORedisClient, type IRedisClient, type IRedisTransaction, Job, Queue } from 'bullmq'
import { type ChainableCommander, Redis } from 'ioredis'
import type { Leadership } from 'oarlock'
import type { StoredEvent } from './event-source.ts'
import { queueName, queueOptions } from './settings.ts'

/** In a Redis Cluster this key must be in the queue's hash slot: give both the same prefix in braces. */
const key = `outbox:${queueName}`

/**
 * A Redis transaction continues after an error. If Redis has forgotten BullMQ's script (SCRIPT FLUSH) or is
 * out of memory, the last job is missing, and the position must stay.
 */
const moveIfAdded = `
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'position', ARGV[2])
end`

export interface OutboxJob {
  readonly position: number
  readonly fence: number
  readonly event: string
}

const jobId = (position: number): string => `event-${position}`

/** Another leader has moved the position. Nothing was enqueued. */
export class OutboxRefusedError extends Error {
  override readonly name = 'OutboxRefusedError'
}

export class Outbox {
  readonly #client: Redis
  /** The same connection, as BullMQ needs it. */
  readonly #bull: IRedisClient
  readonly #queue: Queue
  readonly #leadership: Leadership
  readonly #disconnect = (): void => this.#client.disconnect()
  #position = 0

  /** Opens the outbox and reads the position of the last enqueued event. */
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
    // A separate connection that does not reconnect, because Redis forgets the watched keys of a lost
    // connection.
    this.#client = new Redis(redis, {
      retryStrategy: () => null,
      maxRetriesPerRequest: null,
      disconnectTimeout: 100,
    })
    this.#client.on('error', () => {}) // The commands reject, too.
    this.#bull = createIORedisClient(this.#client)
    this.#queue = new Queue(queueName, { ...queueOptions, connection: this.#bull })
    this.#queue.on('error', () => {})
    // Makes commands that wait for an answer reject.
    leadership.signal.addEventListener('abort', this.#disconnect)
  }

  get position(): number {
    return this.#position
  }

  /**
   * Enqueues all of these events, which follow `position`, or none. Throws OutboxRefusedError,
   * LeadershipLostError or the error of Redis.
   */
  async enqueue(events: readonly StoredEvent[]): Promise<void> {
    const { fence } = this.#leadership
    if ((await this.#watch()) !== this.#position)
      throw new OutboxRefusedError('another leader has moved the position')
    this.#leadership.assertHeld()
    const transaction = this.#bull.multi() as IRedisTransaction & ChainableCommander
    const position = this.#position + events.length
    for (const event of events) {
      const data: OutboxJob = { position: event.position, fence, event: event.text }
      const id = jobId(event.position)
      await new Job(this.#queue, 'event', data, { jobId: id, removeOnComplete: true }, id).addJob(transaction)
    }
    transaction.eval(moveIfAdded, 2, key, this.#queue.toKey(jobId(position)), fence, position)
    const results = await transaction.exec()
    if (results === null)
      throw new OutboxRefusedError('another leader moved the position during the transaction')
    for (const [error] of results) if (error !== null) throw error
    this.#position = position
  }

  /** Reads the position. If it changes after this, Redis rejects the next transaction. */
  async #watch(): Promise<number> {
    const [, [fence, position]] = await Promise.all([
      this.#client.watch(key),
      this.#client.hmget(key, 'fence', 'position'),
    ])
    if (Number(fence ?? 0) > this.#leadership.fence)
      throw new OutboxRefusedError(
        `fence ${this.#leadership.fence} is older than fence ${fence}, which has enqueued already`,
      )
    return Number(position ?? 0)
  }

  close(): void {
    this.#leadership.signal.removeEventListener('abort', this.#disconnect)
    this.#disconnect()
  }
}

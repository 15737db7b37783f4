// The settings of an instance, from its environment.
import { hostname } from 'node:os'
import type { QueueOptions, WorkerOptions } from 'bullmq'

const { env } = process

export const settings = {
  redis: env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  /** Instances with the same Redis and prefix elect one leader. */
  prefix: env.PREFIX ?? 'orders',
  /** A readable name of this instance. */
  instance: env.INSTANCE ?? hostname(),
  /** The event source: a file with one event a line. */
  events: env.EVENTS ?? 'events.ndjson',
  /** The file to which each processed job adds a line. */
  worked: env.WORKED ?? 'worked.ndjson',
  /** The file that records when this instance led, or null for none. */
  journal: env.JOURNAL ?? null,
}

export const queueName = 'orders'

export const queueOptions: Omit<QueueOptions, 'connection'> = {
  // The trial reads all events of the queue. BullMQ's default limit is 10,000.
  streams: { events: { maxLen: 1_000_000 } },
}

/**
 * A killed instance's job goes to another worker after 2 to 3 s, not after BullMQ's default of 30 s, any
 * number of times.
 */
export const workerOptions: Omit<WorkerOptions, 'connection'> = {
  lockDuration: 2000,
  stalledInterval: 1000,
  maxStalledCount: 1000,
}

// What an instance is told by its environment.
import { hostname } from 'node:os'
import type { QueueOptions, WorkerOptions } from 'bullmq'

const { env } = process

export const settings = {
  redis: env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  /** Who shares it, and Redis, elects one leader. */
  prefix: env.PREFIX ?? 'orders',
  /** This instance, for people. */
  instance: env.INSTANCE ?? hostname(),
  /** The event source: a line an event. */
  events: env.EVENTS ?? 'events.ndjson',
  /** Where the jobs leave a line each. */
  worked: env.WORKED ?? 'worked.ndjson',
  /** Where it is written down when this instance led; nowhere, if not said. */
  journal: env.JOURNAL ?? null,
}

export const queueName = 'orders'

export const queueOptions: Omit<QueueOptions, 'connection'> = {
  // The trial reads all that ever happened to the queue. BullMQ's own limit is 10,000.
  streams: { events: { maxLen: 1_000_000 } },
}

/** The job of an instance that was killed is another's after 2 to 3 s, not after BullMQ's 30, as often as that may happen. */
export const workerOptions: Omit<WorkerOptions, 'connection'> = {
  lockDuration: 2000,
  stalledInterval: 1000,
  maxStalledCount: 1000,
}

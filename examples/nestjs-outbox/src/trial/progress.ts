// How far the trial is, as BullMQ's own events and the instances tell it, and a way to wait for it.
import { QueueEvents } from 'bullmq'
import { queueName } from '../settings.ts'
import type { Instance } from './instance.ts'

/** After this long, in ms, what is awaited will not come. Far above what anything takes, also on a busy machine. */
const patience = 30_000

interface Waiting {
  readonly timer: NodeJS.Timeout
  happened(): boolean
  resolve(): void
}

export interface Leader {
  readonly instance: Instance
  readonly fence: number
}

export class Progress {
  leader: Leader | null = null
  leaderships = 0
  /** How many events were written; the position of the last that is on the queue; and up to which all are worked. */
  written = 0
  enqueued = 0
  worked = 0
  readonly #completed = new Set<number>()
  readonly #waiting = new Set<Waiting>()
  readonly #events: QueueEvents
  #closed = false

  constructor(url: string) {
    this.#events = new QueueEvents(queueName, { connection: { url }, lastEventId: '0-0' })
    this.#events.on('error', () => {})
    this.#events.on('added', ({ jobId }) => {
      this.enqueued = Math.max(this.enqueued, positionOf(jobId))
      this.#tell()
    })
    this.#events.on('completed', ({ jobId }) => {
      this.#completed.add(positionOf(jobId))
      while (this.#completed.delete(this.worked + 1)) this.worked++
      this.#tell()
    })
  }

  leads(instance: Instance, fence: number): void {
    this.leaderships++
    if (fence > (this.leader?.fence ?? 0)) this.leader = { instance, fence }
    this.#tell()
  }

  /** Rejects when it does not come; does neither when all is over. */
  until(what: string, happened: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return
      const timer = setTimeout(() => {
        const { enqueued, worked, leader } = this
        const state = `${enqueued} enqueued, ${worked} worked, ${leader?.instance.name ?? 'nobody'} leads`
        reject(new Error(`for ${patience / 1000} s there was waited in vain that ${what}; ${state}`))
      }, patience)
      this.#waiting.add({ timer, happened, resolve })
      this.#tell()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { timer } of this.#waiting) clearTimeout(timer)
    await this.#events.close()
  }

  #tell(): void {
    for (const waiting of this.#waiting)
      if (waiting.happened()) {
        this.#waiting.delete(waiting)
        clearTimeout(waiting.timer)
        waiting.resolve()
      }
  }
}

/** Of the event that a job is about. */
export const positionOf = (jobId: string): number => Number(/^event-(\d+)$/.exec(jobId)?.[1] ?? Number.NaN)

// The trial's progress, from BullMQ's own events and the instances' messages, and a way to wait for it.
import { QueueEvents } from 'bullmq'
import { queueName } from '../settings.ts'
import type { Instance } from './instance.ts'

/** How long to wait for anything, in ms. Far longer than it takes, even on a busy machine. */
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
  /** How many events were written. */
  written = 0
  /** The position of the last enqueued event. */
  enqueued = 0
  /** The position up to which all events are processed. */
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
      this.#check()
    })
    this.#events.on('completed', ({ jobId }) => {
      this.#completed.add(positionOf(jobId))
      while (this.#completed.delete(this.worked + 1)) this.worked++
      this.#check()
    })
  }

  leads(instance: Instance, fence: number): void {
    this.leaderships++
    if (fence > (this.leader?.fence ?? 0)) this.leader = { instance, fence }
    this.#check()
  }

  /** Rejects if it does not happen in time. Neither resolves nor rejects after close(). */
  until(what: string, happened: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return
      const timer = setTimeout(() => {
        const { enqueued, worked, leader } = this
        const state = `${enqueued} enqueued, ${worked} processed, leader: ${leader?.instance.name ?? 'none'}`
        reject(new Error(`waited ${patience / 1000} s in vain until ${what}; ${state}`))
      }, patience)
      this.#waiting.add({ timer, happened, resolve })
      this.#check()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { timer } of this.#waiting) clearTimeout(timer)
    await this.#events.close()
  }

  #check(): void {
    for (const waiting of this.#waiting)
      if (waiting.happened()) {
        this.#waiting.delete(waiting)
        clearTimeout(waiting.timer)
        waiting.resolve()
      }
  }
}

/** The position of a job's event. */
export const positionOf = (jobId: string): number => Number(/^event-(\d+)$/.exec(jobId)?.[1] ?? Number.NaN)

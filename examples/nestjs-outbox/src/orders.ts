// Every instance processes jobs. If a worker dies, BullMQ gives its job to another, so a job may be processed
// again.
import { appendFile } from 'node:fs/promises'
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq'
import { Logger } from '@nestjs/common'
import type { Job } from 'bullmq'
import type { OutboxJob } from './outbox.ts'
import { queueName, settings, workerOptions } from './settings.ts'

/** A line of the file of processed jobs. */
export interface Worked {
  readonly position: number
  /** The fence of the leadership that enqueued the event. */
  readonly fence: number
  readonly worker: string
}

@Processor(queueName, workerOptions)
export class Orders extends WorkerHost {
  readonly #log = new Logger('Orders')

  async process({ data: { position, fence } }: Job<OutboxJob>): Promise<void> {
    const line: Worked = { position, fence, worker: settings.instance }
    await appendFile(settings.worked, `${JSON.stringify(line)}\n`)
  }

  @OnWorkerEvent('error')
  failed(error: Error): void {
    this.#log.warn(error.message)
  }
}

// What every instance does: work the jobs. BullMQ gives a job to another worker if one dies over it, so it may be worked again.
import { appendFile } from 'node:fs/promises'
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq'
import { Logger } from '@nestjs/common'
import type { Job } from 'bullmq'
import type { OutboxJob } from './outbox.ts'
import { queueName, settings, workerOptions } from './settings.ts'

/** A line of the file of work. */
export interface Worked {
  readonly position: number
  /** Of the leadership under which the event came onto the queue. */
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

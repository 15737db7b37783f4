// What only the leader does: put events on the queue, each of them once.
import { setTimeout as pause } from 'node:timers/promises'
import { Injectable, Logger } from '@nestjs/common'
import { OnElected } from '@oarlock/nestjs'
import type { Leadership } from 'oarlock'
import { eventsAfter } from './event-source.ts'
import { Outbox } from './outbox.ts'
import { settings } from './settings.ts'

@Injectable()
export class Publisher {
  readonly #log = new Logger('Outbox')

  @OnElected()
  async publish(leadership: Leadership): Promise<void> {
    const { signal } = leadership
    while (!signal.aborted) {
      try {
        await this.#follow(leadership)
      } catch (error) {
        if (signal.aborted) return
        // Redis may be away for less than a leadership lasts. Where to go on is read anew.
        this.#log.warn(`fence ${leadership.fence}: ${error}`)
        await pause(100, null, { signal }).catch(() => {})
      }
    }
  }

  async #follow(leadership: Leadership): Promise<void> {
    const outbox = await Outbox.open(settings.redis, leadership)
    try {
      for await (const events of eventsAfter(settings.events, outbox.position, leadership))
        await outbox.enqueue(events)
    } finally {
      outbox.close()
    }
  }
}

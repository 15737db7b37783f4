// Only the leader does this: put every event on the queue once.
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
        // Redis may be unreachable for a moment only. The next attempt reads the position again.
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

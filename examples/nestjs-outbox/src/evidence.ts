// For the trial: says who leads to whoever started this instance, and writes down when it led.
import { Injectable } from '@nestjs/common'
import { OnElected } from '@oarlock/nestjs'
import type { Leadership } from 'oarlock'
import { Journal } from '../../singleton-job/src/journal.ts'
import { settings } from './settings.ts'

/** What an instance tells the process that started it. */
export interface Message {
  /** The fence of the leadership that has begun. */
  readonly leads: number
}

@Injectable()
export class Evidence {
  readonly #journal = settings.journal === null ? null : new Journal(settings.journal)

  @OnElected()
  elected(leadership: Leadership): void {
    this.#journal?.watch(leadership)
    const message: Message = { leads: leadership.fence }
    process.send?.(message)
  }
}

// Evidence for the trial: tells the parent process when this instance leads, and records it in a journal.
import { Injectable } from '@nestjs/common'
import { OnElected } from '@oarlock/nestjs'
import type { Leadership } from 'oarlock'
import { Journal } from '../../singleton-job/src/journal.ts'
import { settings } from './settings.ts'

/** A message to the process that started this instance. */
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

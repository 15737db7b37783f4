// What is logged while a member that has started applies the entries that its log held.
import type { Index } from '@oarlock/core'
import { ProgressMeter } from './meters/index.ts'
import type { Clock, EventLogger } from './ports/index.ts'

export interface ReplayLogInit {
  readonly id: string
  readonly clock: Clock
  readonly logger: EventLogger
  /** At the start: the last entry that the state has, and the last one of the log. */
  readonly from: Index
  readonly last: Index
}

export class ReplayLog {
  readonly #init: ReplayLogInit
  readonly #meter: ProgressMeter
  #over: boolean

  constructor(init: ReplayLogInit) {
    this.#init = init
    this.#meter = new ProgressMeter(init.clock)
    this.#over = init.from >= init.last
  }

  /** Everything up to this entry is applied, and no snapshot is being restored. */
  look(applied: Index): void {
    if (this.#over) return
    const { id, logger, from, last } = this.#init
    if (!this.#meter.isUnderWay) this.#meter.begin(from, last)
    if (applied >= last) {
      this.#over = true
      const entries = last - from
      logger.info({ event: 'log-replayed', id, entries, took: this.#meter.end() }, 'the log is replayed')
      return
    }
    logReplay({ logger, id, applied, last }, this.#meter)
  }
}

/** Says how far a replay is, if that is due. */
export function logReplay(
  { logger, ...facts }: Pick<ReplayLogInit, 'logger' | 'id' | 'last'> & { readonly applied: Index },
  meter: ProgressMeter,
): void {
  const progress = meter.look(facts.applied)
  if (progress === null) return
  const { percent, perSecond: entriesPerSecond } = progress
  logger.info({ event: 'log-replaying', ...facts, percent, entriesPerSecond }, 'the log is being replayed')
}

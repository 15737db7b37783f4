// The evidence for "never two leaders": each member records when its leaderships begin, until when their
// leases last, and when it saw them end. Each line is one synchronous write, so that it survives a SIGKILL of
// the process.
import { openSync, writeSync } from 'node:fs'
import type { Leadership } from 'oarlock'
import { machineTime, machineTimeOffset } from './machine-time.ts'

/** A line of the journal. Times are in machine time, in ms. */
export interface JournalLine {
  readonly fence: number
  /** In a leadership's first line: since when it is held. */
  readonly from?: number
  /** The lease's deadline, as known when the line was written. */
  readonly until: number
  /** In its last line, if its process lived to write it: when the leadership ended. */
  readonly ended?: number
}

/** In ms. Heartbeats renew the lease about every 60 ms, for about 270 ms. */
const samplingInterval = 5

export class Journal {
  readonly #file: number
  readonly #offset: number = machineTimeOffset()

  constructor(path: string) {
    this.#file = openSync(path, 'a')
    // Ends a line that a previous process may have left unfinished.
    writeSync(this.#file, '\n')
  }

  /** Keeps the journal of one leadership until it is over. */
  watch(leadership: Leadership): void {
    const { fence, signal } = leadership
    const from = machineTime()
    let until = Number.NEGATIVE_INFINITY
    /** The latest deadline counts, even if the lease is given up earlier. */
    const renewed = (): boolean => {
      const deadline = leadership.deadline + this.#offset
      if (!Number.isFinite(deadline) || deadline <= until) return false
      until = deadline
      return true
    }
    const look = (): void => {
      if (leadership.held) {
        if (renewed()) this.#write({ fence, until })
        return
      }
      clearInterval(sampling)
      signal.removeEventListener('abort', look)
      // After the end, the deadline is the moment when the end was noticed.
      const seen = leadership.deadline + this.#offset
      const ended = Number.isFinite(seen) ? Math.min(seen, machineTime()) : machineTime()
      this.#write({ fence, until, ended })
    }
    renewed()
    this.#write({ fence, from, until })
    const sampling = setInterval(look, samplingInterval)
    // The signal aborts before the end when the member closes: it still leads then.
    signal.addEventListener('abort', look)
  }

  #write(line: JournalLine): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

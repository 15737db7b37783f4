// The evidence for "never two leaders": each member writes down when its leaderships begin, until when they could last,
// and when it saw them end. Each line is one synchronous write, so that it outlives a SIGKILL of the process.
import { openSync, writeSync } from 'node:fs'
import type { Leadership } from 'oarlock'
import { machineTime, machineTimeOffset } from './machine-time.ts'

/** A line of the journal. Times are machine time, in ms. */
export interface JournalLine {
  readonly fence: number
  /** In a leadership's first line: when it was held. */
  readonly from?: number
  /** The lease's deadline, as known when the line was written. */
  readonly until: number
  /** In its last line, if its process lived to write it: when it was over. */
  readonly ended?: number
}

/** The lease is renewed by heartbeats, some 60 ms apart, and lasts some 270 ms from there. */
const samplingInterval = 5

export class Journal {
  readonly #file: number
  readonly #offset: number = machineTimeOffset()

  constructor(path: string) {
    this.#file = openSync(path, 'a')
    // Closes a line that a predecessor may have left unfinished.
    writeSync(this.#file, '\n')
  }

  /** Keeps the journal of one leadership until it is over. */
  watch(leadership: Leadership): void {
    const { fence, signal } = leadership
    const from = machineTime()
    let until = Number.NEGATIVE_INFINITY
    /** The lease may be given up, but what was once promised counts. */
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
      // Once it is over, its deadline is the moment when that was seen.
      const seen = leadership.deadline + this.#offset
      const ended = Number.isFinite(seen) ? Math.min(seen, machineTime()) : machineTime()
      this.#write({ fence, until, ended })
    }
    renewed()
    this.#write({ fence, from, until })
    const sampling = setInterval(look, samplingInterval)
    // A member that begins to close aborts the signal while it still leads.
    signal.addEventListener('abort', look)
  }

  #write(line: JournalLine): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

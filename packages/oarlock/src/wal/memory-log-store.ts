// A log store whose disk is the object itself: for tests, and for members that need not outlive their process. Like a
// real one it makes writes durable later, not at once; what was written is there again after `close` and `open`.

import { emptyHardState, type HardState, InvariantError, MemoryLog, type Persist } from '@oarlock/core'
import { type LogStore, LogWriteError, type OpenedLog } from '@oarlock/runtime'
import { DataLockedError } from '../errors.ts'

export class MemoryLogStore implements LogStore {
  readonly #log: MemoryLog = new MemoryLog()
  #hardState: HardState
  #isOpen = false
  #failed = false
  #writing: Promise<void> | null = null

  /** `hardState`: what it begins with. Default: nothing was ever written. */
  constructor(hardState: HardState = emptyHardState) {
    this.#hardState = hardState
  }

  async open(): Promise<OpenedLog> {
    if (this.#isOpen) throw new DataLockedError('this log in memory is in use already')
    this.#isOpen = true
    this.#failed = false
    return { hardState: this.#hardState, log: this.#log }
  }

  write(batch: readonly Persist[]): Promise<void> {
    if (!this.#isOpen) return Promise.reject(new LogWriteError('this log in memory is not open'))
    if (this.#failed)
      return Promise.reject(new LogWriteError('a write of this log in memory has failed before'))
    if (this.#writing !== null) return Promise.reject(new InvariantError('a write of the log is under way'))
    this.#writing = this.#write(batch)
    return this.#writing
  }

  async close(): Promise<void> {
    const writing = this.#writing
    this.#isOpen = false
    await writing?.catch(() => {})
  }

  async #write(batch: readonly Persist[]): Promise<void> {
    try {
      await new Promise((durable) => setImmediate(durable))
      for (const { hardState, entries, snapshot } of batch) {
        if (snapshot !== null) throw new InvariantError('this log store holds no snapshots')
        this.#log.append(entries)
        if (hardState !== null) this.#hardState = hardState
      }
    } catch (error) {
      this.#failed = true
      throw error
    } finally {
      this.#writing = null
    }
  }
}

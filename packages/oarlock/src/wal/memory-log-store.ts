// A log store in memory, for tests. As on a disk, a write is durable later and not at once, and it is there
// again after `close` and `open`. A member that starts on a new store has lost its disk, and its peers refuse
// it.
import { randomBytes } from 'node:crypto'
import {
  emptyHardState,
  type HardState,
  InvariantError,
  MemoryLog,
  type Persist,
  type SnapshotMeta,
} from '@oarlock/core'
import {
  type LogStore,
  LogWriteError,
  type OpenedLog,
  type PeerRecord,
  type SnapshotStore,
} from '@oarlock/runtime'
import { DataLockedError } from '../errors.ts'
import { MemorySnapshotStore } from './memory-snapshot-store.ts'

export class MemoryLogStore implements LogStore {
  readonly snapshots: SnapshotStore
  readonly #snapshots: MemorySnapshotStore = new MemorySnapshotStore()
  readonly #log: MemoryLog = new MemoryLog()
  readonly #incarnation: string = randomToken()
  #starts: readonly string[] = []
  #record: PeerRecord = { founded: false, peers: new Map() }
  #hardState: HardState
  #isOpen = false
  #failed = false
  #writing: Promise<void> | null = null

  /** `hardState`: what the first `open` finds. Default: nothing was ever written. */
  constructor(hardState: HardState = emptyHardState) {
    this.#hardState = hardState
    this.snapshots = this.#snapshots
  }

  async open(): Promise<OpenedLog> {
    if (this.#isOpen)
      throw new DataLockedError(
        'this log in memory is open already: close it first, or give each member its own',
      )
    this.#isOpen = true
    this.#snapshots.open()
    this.#failed = false
    this.#starts = [...this.#starts, randomToken()]
    return {
      hardState: this.#hardState,
      log: this.#log,
      identity: {
        incarnation: this.#incarnation,
        starts: { count: this.#starts.length, recent: this.#starts },
        record: this.#record,
      },
    }
  }

  write(batch: readonly Persist[]): Promise<void> {
    if (!this.#accepts) return Promise.reject(this.#refusal())
    if (this.#writing !== null)
      return Promise.reject(new InvariantError('a second write was begun while one is under way'))
    this.#writing = this.#write(batch)
    return this.#writing
  }

  async recordPeers(record: PeerRecord): Promise<void> {
    if (!this.#isOpen) throw new LogWriteError('this log in memory is not open')
    this.#record = record
  }

  async close(): Promise<void> {
    const writing = this.#writing
    this.#isOpen = false
    await writing?.catch(() => {})
    this.#snapshots.close()
  }

  async compact(to: SnapshotMeta): Promise<void> {
    if (!this.#accepts) throw this.#refusal()
    while (this.#writing !== null) await this.#writing.catch(() => {})
    if (!this.#accepts) throw this.#refusal()
    try {
      this.#checkSnapshot(to)
      if (to.index >= this.#log.firstIndex) this.#log.compact(to)
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  async #write(batch: readonly Persist[]): Promise<void> {
    try {
      await new Promise((durable) => setImmediate(durable))
      for (const { hardState, entries, snapshot } of batch) {
        if (snapshot !== null) {
          this.#checkSnapshot(snapshot)
          this.#log.restore(snapshot)
        }
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

  get #accepts(): boolean {
    return this.#isOpen && !this.#failed
  }

  #refusal(): LogWriteError {
    return new LogWriteError(
      this.#failed
        ? 'this log in memory takes no writes, because one has failed: close it and open it again'
        : 'this log in memory is not open',
    )
  }

  #checkSnapshot({ index }: SnapshotMeta): void {
    if (!this.snapshots.stored.some(({ meta }) => meta.index >= index))
      throw new InvariantError(`no snapshot is stored that reaches entry ${index}`)
  }
}

const randomToken = (): string => randomBytes(4).toString('hex')

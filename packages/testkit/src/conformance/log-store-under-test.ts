import type { LogStore } from '@oarlock/runtime'

/** One disk, empty at first, and stores on it. */
export interface LogStoreUnderTest {
  /** A store on the disk, not yet open. Called again after the one before is closed. */
  store(): LogStore
  /** Called at the end of each test, with every store closed. */
  dispose?(): Promise<void>
}

export interface LogStoreTraits {
  /** Whether the store has `snapshots` and `compact`. Default true. */
  readonly snapshots?: boolean
}

/** A test on a new disk. */
export type CheckOnDisk = (what: string, test: (disk: LogStoreUnderTest) => Promise<void>) => void

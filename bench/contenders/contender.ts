// What the benchmark of writes compares: Oarlock, and the rivals that are installed.
import type { LoadResult } from '../protocol.ts'

export interface Contender {
  readonly name: string
  start(): Promise<void>
  /**
   * Lets `concurrency` proposers write 100 bytes at a time, durable on a majority of three. Each waits for
   * its last write.
   */
  run(concurrency: number, seconds: number): Promise<LoadResult>
  stop(): Promise<void>
}

// Who takes part in the writes: us, and whoever of the rivals is there.
import type { LoadResult } from '../protocol.ts'

export interface Contender {
  readonly name: string
  start(): Promise<void>
  /** Closed loops of 100-byte writes, durable on a majority of three, from `concurrency` proposers. */
  run(concurrency: number, seconds: number): Promise<LoadResult>
  stop(): Promise<void>
}

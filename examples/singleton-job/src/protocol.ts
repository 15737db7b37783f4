// What the supervisor and a member process say to one another (Node's IPC), and the times both go by.
import type { MemberStatus } from 'oarlock'

/** Shorter than the default, so that a demonstration of fail-overs does not consist of waiting. In ms. */
export const electionTimeout = 300
export const heartbeatInterval = 60

/** What a member process is started with, as JSON in its first argument. */
export interface Orders {
  readonly id: string
  /** The run's directory. */
  readonly directory: string
  /** Records a second. */
  readonly rate: number
}

export interface MemberReport extends Pick<MemberStatus, 'role' | 'term' | 'commit' | 'applied'> {
  readonly type: 'report'
  /** Of the leadership it holds; null: none. */
  readonly fence: number | null
  /** Records claimed, as far as it has applied. */
  readonly position: number
  /** Its job has ended at this position, in the leadership it holds; null: not. */
  readonly settled: number | null
}

export type FromMember =
  | MemberReport
  /** The last thing it says: why it ends, in one line. */
  | { readonly type: 'failed'; readonly line: string }

export type ToMember =
  /** End the job after the record it is at. */
  | { readonly type: 'finish' }
  /** This sibling is stopped by a SIGSTOP (null: none is): whoever outlives the supervisor wakes it. */
  | { readonly type: 'stopped'; readonly pid: number | null }

// The messages between the supervisor and a member process (Node's IPC), and the timing that both use.
import type { ClusterMember, MemberStatus } from 'oarlock'

/** In ms. Shorter than the default, so that a demonstration does not consist of waiting. */
export const electionTimeout = 300
export const heartbeatInterval = 60
/**
 * In entries: half a second of work, so that killed members restart from snapshots. The default, 64 MiB of
 * log, is for services.
 */
export const snapshotEvery = 100

/** The first argument of a member process, as JSON. */
export interface MemberArguments {
  readonly id: string
  /** The run's directory. */
  readonly directory: string
  /** Records a second. */
  readonly rate: number
}

/** Who the members are, by a linearizable read. */
export interface MembershipReport {
  /** Grows with every change. */
  readonly version: number
  readonly kinds: Readonly<Record<string, ClusterMember['kind']>>
  /** A change is under way. */
  readonly isChanging: boolean
}

export interface MemberReport extends Pick<MemberStatus, 'role' | 'term' | 'commit' | 'applied'> {
  readonly type: 'report'
  /** The last entry of its newest snapshot; 0: it has none yet. */
  readonly snapshot: number
  /** The cluster knows nothing of its data directory yet: it takes no part. */
  readonly waits: boolean
  /** From the leader; null elsewhere, and until it knows. */
  readonly membership: MembershipReport | null
  /** The fence of the leadership that it holds, or null. */
  readonly fence: number | null
  /** How many records are claimed, as far as it has applied. */
  readonly position: number
  /** The position at which its job has ended in the leadership that it holds, or null. */
  readonly doneAt: number | null
}

export type FromMember =
  | MemberReport
  /** The last message: why the process ends, in one line. */
  | { readonly type: 'failed'; readonly line: string }

export type ToMember =
  /** End the job after the current record. */
  | { readonly type: 'finish' }
  /** The member that is stopped by a SIGSTOP, or null. If the supervisor dies, the others wake it. */
  | { readonly type: 'stopped'; readonly pid: number | null }

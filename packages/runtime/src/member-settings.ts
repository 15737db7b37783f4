// The complete settings of a member, and the identity that it shows its peers.
import type { NodeId, RaftConfig } from '@oarlock/core'
import type { TaskContext } from './election/index.ts'
import type { FoundingRule, Joins, MemberIdentity, StoredIdentity } from './identity/index.ts'
import type { Admission } from './membership/index.ts'
import type {
  BackupFormat,
  Clock,
  Codec,
  EventLogger,
  EventLoop,
  EventSink,
  StateMachine,
  StoreMachine,
} from './ports/index.ts'
import type { SnapshotSettings } from './snapshots/index.ts'

export interface MemberSettings<Command, Result, Query = never, Answer = never> {
  readonly config: RaftConfig
  readonly cluster: string
  /** The members that found the cluster, this one included. Empty: it joins by `seeds`, and learns them. */
  readonly founders: readonly NodeId[]
  /** The addresses at which it asks who the members are. Empty: it is a founder. */
  readonly seeds: readonly string[]
  readonly admission: Admission
  readonly founding: FoundingRule
  /** Null: it was not started to become a member. */
  readonly joins: Joins | null
  /** The addresses of members that have none in the table of members. */
  readonly addresses: Readonly<Record<NodeId, string>>
  /** How long `propose` waits before it fails, in ms. */
  readonly proposeTimeout: number
  /** How long `read` waits before it fails, in ms. */
  readonly readTimeout: number
  /** How long `close` waits for the tasks of `lead` to end, in ms. */
  readonly drainTimeout: number
  readonly machine: StateMachine<Command, Result, Query, Answer> | undefined
  /** The store beside it. Undefined: this cluster has none, as one that only elects. */
  readonly store?: StoreMachine
  readonly codec: Codec<Command>
  /** Of the results of commands in sessions. */
  readonly resultCodec: Codec<Result>
  readonly snapshots: SnapshotSettings
  /** Without it there are no backups. */
  readonly backups?: BackupFormat
  readonly logger: EventLogger
  /** Gets what happens to the member. */
  readonly events?: EventSink
  readonly clock: Clock
  readonly eventLoop: EventLoop
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Makes the source of each leadership's signal. Default: a plain AbortController. */
  readonly newController?: () => AbortController
  /**
   * Called before messages leave and after each turn: for a copy of the leadership that another thread reads.
   */
  readonly leadershipMayHaveChanged?: () => void
  /** See RunningElectionInit. */
  readonly taskContext?: TaskContext
  /** Called when the member closes and its tasks have ended, while it can still be used. */
  readonly closing?: () => Promise<void>
}

/** Of a process that joins: those that its disk knows. Empty: it has to learn them. */
export function foundersOf(
  { founders }: Pick<MemberSettings<never, never>, 'founders'>,
  { founders: stored, record }: StoredIdentity,
): readonly NodeId[] {
  return founders.length > 0 ? founders : (stored ?? record.founders ?? [])
}

export function identityOf(
  settings: Pick<MemberSettings<never, never>, 'config' | 'cluster' | 'founders' | 'joins'>,
  stored: StoredIdentity,
): MemberIdentity {
  const { config, cluster, joins } = settings
  const { incarnation, starts } = stored
  const { id, electionTimeout, electionOnly, witness } = config
  return {
    id,
    cluster,
    incarnation,
    starts,
    founders: [...foundersOf(settings, stored)].sort(),
    purpose: electionOnly ? 'election' : 'replication',
    kind: witness ? 'witness' : 'full',
    electionTimeout,
    ...(joins === null ? {} : { joins }),
  }
}

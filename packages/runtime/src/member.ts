// The public interface of a member.
import type { Index, NodeId, RaftView, Role, Term } from '@oarlock/core'
import type { PeerStatus } from './diagnosis/index.ts'
import type { AbortOptions, Election, ElectionStatus } from './election/index.ts'
import type { Health } from './health/index.ts'
import type { Session, SessionOptions } from './member-sessions.ts'
import type { SnapshotInfo } from './member-snapshots.ts'
import type { Membership, MembershipRequest, ReconfigureOptions } from './membership-calls.ts'
import type { MemberMetrics } from './metrics/index.ts'
import type { BackupInfo } from './ports/index.ts'
import type { Consistency } from './reads/index.ts'

export interface MemberPeerStatus extends PeerStatus {
  /** On the leader, the last entry that the peer is known to have, else null. */
  readonly match: Index | null
  /** On the leader, how many entries the peer is behind the leader's log, else null. */
  readonly lag: number | null
}

export interface MemberStatus extends ElectionStatus {
  /** Null once the member is closed or had to stop. */
  readonly role: Role | null
  readonly term: Term
  readonly commit: Index
  readonly applied: Index
  /** The first entry of the log that is not compacted. */
  readonly firstIndex: Index
  readonly lastIndex: Index
  /** The last entry that is durable here. */
  readonly durableIndex: Index
  /** The newest snapshot that this member has, or null. */
  readonly snapshot: SnapshotInfo | null
  /**
   * Whether the state machine is being restored from a snapshot: then nothing is applied, and no read served.
   */
  readonly restoring: boolean
  /** Calls of this member that have no outcome yet. */
  readonly pending: { readonly proposals: number; readonly reads: number }
  /** Sessions that are open in the cluster. */
  readonly sessions: number
  /** The longest time by which the event loop ran a timer late in the last minute, in whole ms. */
  readonly loopDelay: number
  readonly peers: Readonly<Record<NodeId, MemberPeerStatus>>
  /** The connection to each seed, by address, while this member asks who the members are. Else empty. */
  readonly seeds: Readonly<Record<string, PeerStatus>>
}

export interface ProposeOptions extends AbortOptions {
  /** 'safe': submit the command again while its outcome is unknown, and apply it once. Default: do not. */
  readonly retry?: 'safe'
}

export interface ReadOptions extends AbortOptions {
  /** Default 'linearizable'. */
  readonly consistency?: Consistency
}

export interface Member<Command, Result, Query = never, Answer = never> extends Election {
  /** The address that it listens on, with the actual port: for tests that ask for port 0. Null: none. */
  readonly address: string | null
  /**
   * Forwards the command to the leader, and resolves with the state machine's result when it has been applied
   * here. While there is no leader, or the leader refuses, tries again until `proposeTimeout`. Errors have an
   * `outcome`: InvalidCommandError, ElectionOnlyError, NoLeaderError, ProposalLostError and
   * TooManyUncommittedError (`not-applied`), ProposalTimeoutError (`unknown`), ProposalAbortedError and
   * MemberClosedError (either). The call does not retry when the outcome is unknown. If you do, the command
   * may be applied twice. With `retry: 'safe'` the call does: the command is proposed in a session of this
   * member, and applied once. Then the errors are those of `Session.propose`, and NoSessionError.
   */
  propose(command: Command, options?: ProposeOptions): Promise<Result>
  /**
   * Opens a session, whose commands are submitted again while their outcome is unknown, and are applied once:
   * over changes of the leader, snapshots and broken connections, while this member runs. The cluster holds
   * at most 10,000 sessions. An idle one costs no messages. Throws NoSessionError, ElectionOnlyError,
   * NoLeaderError, ProposalTimeoutError, ProposalAbortedError or MemberClosedError.
   */
  session(options?: SessionOptions): Promise<Session<Command, Result>>
  /**
   * Takes a snapshot of everything that is applied here now, and resolves when it is durable. The log is cut
   * accordingly, by and by. If nothing was applied since the last one, that is the result. Errors:
   * NoSnapshotsError, SnapshotFailedError (nothing is lost), MemberClosedError.
   */
  snapshot(): Promise<SnapshotInfo>
  /**
   * Writes a backup of the state to a file: of everything that was acknowledged before the call, with the
   * sessions. A new cluster can be founded from it (`restore`). An existing file is replaced when the new one
   * is complete and durable. Errors: InvalidOptionsError, NoSnapshotsError, BackupError (the file),
   * SnapshotFailedError, ReadTimeoutError, ReadAbortedError or MemberClosedError.
   */
  backup(file: string, options?: AbortOptions): Promise<BackupInfo>
  /** As `backup`, as bytes: for an object store, say. It begins when the bytes are read. */
  backupStream(options?: AbortOptions): AsyncIterable<Uint8Array>
  /**
   * Resolves with the answer of the state machine's `query` on this member, from a state as recent as
   * `consistency` says. A read writes nothing. While there is no leader, or the leader does not answer, tries
   * again until `readTimeout`. Throws NotReadableError, ReadTimeoutError, ReadAbortedError, QueryError or
   * MemberClosedError (all `not-a-write`).
   */
  read(query: Query, options?: ReadOptions): Promise<Answer>
  /**
   * The members of the cluster, linearizably. While there is no leader, or the leader does not answer, tries
   * again until `readTimeout`. Errors as those of `read`.
   */
  members(options?: AbortOptions): Promise<Membership>
  /**
   * Changes the membership while the cluster runs, on any member: the leader carries it out, and a new leader
   * goes on. Resolves when the change is in force, and for a new voter when it has caught up and votes: that
   * has no limit of time but the signal. Errors: InvalidOptionsError, MemberClosedError, and
   * ReconfigureError, whose `reason` says why.
   */
  reconfigure(change: MembershipRequest, options?: ReconfigureOptions): Promise<Membership>
  status(): MemberStatus
  /**
   * Whether this member can serve, for a readiness probe: it takes part, knows a leader, and has applied
   * everything that was committed when it came to know that leader. Not ready while it waits for others,
   * restores a snapshot, has no leader, or closes, and whenever it is not live. Answers at once and asks
   * nobody.
   */
  ready(): Health
  /**
   * Whether a restart of the process would not help, for a liveness probe. Not live when the member had to
   * stop, when a write to the disk has been pending for 30 s (and for ten election timeouts), and with
   * `isolate` when its thread has not run for 30 s. A member without a leader or a majority is live: a
   * restart would take away one member more. So is one that was closed. Answers at once.
   */
  live(): Health
  /**
   * What the member has counted and measured since its start, as plain data. `prometheusText` writes it for
   * Prometheus. It costs some microseconds.
   */
  metrics(): MemberMetrics
  /**
   * Everything the core knows, for tools and dashboards. Times are of this process's monotonic clock. Once
   * the member is closed or had to stop, it is the core's last state: `status()` says what is true now.
   */
  inspect(): RaftView
}

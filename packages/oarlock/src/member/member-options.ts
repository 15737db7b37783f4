// The options of join().
import type { Millis, NodeId } from '@oarlock/core'
import type { Clock, Codec, Logger, LogStore, StateMachine, Transport } from '@oarlock/runtime'

export interface MemberOptions<Command, Result> {
  /** This member's name: a key of `peers`. */
  readonly id: NodeId
  /** Every member of the cluster, this one included, with its 'host:port'. */
  readonly peers: Readonly<Record<NodeId, string>>
  /** 'host:port' to listen on. Default: this member's address in `peers`. */
  readonly listen?: string
  /** The directory of this member's log. Made if it is not there. Needed unless `logStore` is given. */
  readonly data?: string
  /** The cluster's name: members of different clusters refuse one another. Default 'oarlock'. */
  readonly cluster?: string
  /** What the cluster replicates. Without one, commands are agreed on and `propose` resolves with undefined. */
  readonly machine?: StateMachine<Command, Result>
  /** How commands become bytes. Default JSON. */
  readonly codec?: Codec<Command>
  /** The shortest time without a leader before an election, in ms. The same on every member: leases rest on it. Default 500. */
  readonly electionTimeout?: Millis
  /** In ms. Default electionTimeout / 5. */
  readonly heartbeatInterval?: Millis
  /**
   * Who leads rather, where several members could: a whole number from 0 to 100. A leader hands over to a member of a greater one.
   * Default 1.
   */
  readonly priority?: number
  /**
   * `witness`: votes and keeps the log, and has no state machine: with two full members a third vote that costs little. It never
   * holds leadership. Default 'full'.
   */
  readonly kind?: 'full' | 'witness'
  /**
   * `election`: the cluster elects and replicates nothing. Its log stays empty, and `propose` throws. The same on every member.
   * Default 'replication'.
   */
  readonly purpose?: 'replication' | 'election'
  /** How long `propose` waits before it fails, in ms. Default 10 × electionTimeout. */
  readonly proposeTimeout?: Millis
  /** How long `close` waits for `lead` tasks to end, in ms. Default 5000. */
  readonly drainTimeout?: Millis
  /**
   * Signals on which the member closes. Once it has, and if nobody else listens for the signal, the signal is raised again
   * with its default action. A second one does that at once. Default ['SIGTERM', 'SIGINT']; [] for none.
   */
  readonly shutdownSignals?: readonly NodeJS.Signals[]
  /** Default: says nothing, but on the console when the member had to stop. */
  readonly logger?: Logger
  /** Ports of your own, instead of the log on disk, TCP and the process's clock. */
  readonly logStore?: LogStore
  readonly transport?: Transport
  readonly clock?: Clock
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: () => number
}

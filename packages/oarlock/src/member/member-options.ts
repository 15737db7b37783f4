// The options of join(). The reference in the package's README is made of these comments
// (test/repository/options.test.ts).
import type { Millis, NodeId } from '@oarlock/core'
import type {
  Admission,
  Clock,
  Codec,
  FoundingRule,
  LoggerOption,
  LogStore,
  SnapshotOptions,
  StateMachine,
  Transport,
} from '@oarlock/runtime'
import type { StoreOptions } from '@oarlock/store'
import type { TlsOptions } from '../transport/index.ts'

/** What every member has. */
export interface CommonOptions<Command, Result, Query = never, Answer = never> {
  /** This member's name. Of a founder, a key of `peers`. */
  readonly id: NodeId
  /**
   * The directory of this member's log, made if it does not exist. It must be on a local disk. A relative
   * path starts at the working directory at the time of the call. Not needed with `logStore`.
   */
  readonly data?: string
  /**
   * The 'host:port' to listen on; ':port' is every interface. Default: this member's address in `peers`; with
   * `seeds`, `advertise`.
   */
  readonly listen?: string
  /**
   * Mutual TLS 1.3 between the members: `{ key, cert, ca }`, each PEM or the path of a file. Files that are
   * replaced are used for new connections, without a restart. On every member or on none. Default: none.
   */
  readonly tls?: TlsOptions
  /**
   * A secret that every member shares, of at least 16 characters, or two while it is rotated: the new one,
   * then the old one. The members prove to each other that they know it, and every frame shows that it comes
   * from one of them. It encrypts nothing. Default: none.
   */
  readonly secret?: string | readonly [string, string]
  /**
   * The 'host:port' at which the peers reach this member, if it is not the one in their `peers`: in a
   * container, behind NAT, or after a move. They learn it when this member dials them. With `seeds`, if it is
   * not `listen`. Default: none.
   */
  readonly advertise?: string
  /**
   * Whom the leader takes in: with 'open', every process that is started with `seeds` or `rejoin` and passes
   * `tls` or `secret`. With 'operator', only those that an operator asks for by `reconfigure`. The setting of
   * the member that leads counts, so give it to every member. Default 'open'.
   */
  readonly admission?: Admission
  /**
   * 'replace': if this member lost its disk, it asks to be taken in as a newcomer in place of its old self.
   * The leader does so when the old one is silent, and a majority has agreed by committing it. It changes
   * nothing for a member that has its disk. Default: it waits for an operator's `reconfigure({ replace })`.
   */
  readonly rejoin?: 'replace'
  /** The name of the cluster. Members of different clusters refuse one another. Default 'oarlock'. */
  readonly cluster?: string
  /**
   * The state machine that the cluster replicates. Without one, commands are only agreed on, and `propose`
   * resolves with undefined. With `isolate`, the URL of the module that exports it as `machine`. Default:
   * none.
   */
  readonly machine?: StateMachine<Command, Result, Query, Answer> | URL
  /**
   * Turns commands into bytes and back, without promises. JSON refuses commands that it would change
   * silently, such as those with a Map, a Date or NaN in them; it leaves out properties that are undefined.
   * Default: JSON.
   */
  readonly codec?: Codec<Command>
  /**
   * Turns the results of commands in sessions into bytes and back, as `codec` does for commands: a session
   * keeps them for a retry. Default: JSON.
   */
  readonly resultCodec?: Codec<Result>
  /**
   * When a snapshot of the machine is taken, after which the log before is removed: after `everyBytes` of log
   * or `everyEntries`. `bytesPerSecond` bounds how fast one is sent to a member that is far behind. Default:
   * after 64 MiB, and 32 MiB a second.
   */
  readonly snapshots?: SnapshotOptions
  /**
   * The shortest time without a leader before an election, in ms. It may differ from member to member, and
   * may be changed one restart at a time. A new leader takes as long as the longest one. The members warn if
   * two differ by more than a factor of two. Default 500.
   */
  readonly electionTimeout?: Millis
  /** The time between two heartbeats of the leader, in ms. Default electionTimeout / 5. */
  readonly heartbeatInterval?: Millis
  /**
   * A whole number from 0 to 100. A leader transfers leadership to a member of higher priority that is up and
   * caught up. Default 1.
   */
  readonly priority?: number
  /**
   * A 'witness' votes and keeps the log, but has no state machine and never holds leadership: a cheap third
   * vote beside two full members. Default 'full'.
   */
  readonly kind?: 'full' | 'witness'
  /**
   * With 'election', the cluster only elects: its log stays empty, and `propose` throws. The same on every
   * member. Default 'replication'.
   */
  readonly purpose?: 'replication' | 'election'
  /** The time after which `propose` fails, in ms. Default 10 × electionTimeout. */
  readonly proposeTimeout?: Millis
  /** The time after which `read` fails, in ms. Default 10 × electionTimeout. */
  readonly readTimeout?: Millis
  /**
   * How much the store may have, and how long it keeps what was replaced: `maxKeys` (1,000,000), `maxBytes` (256 MiB in
   * memory), `maxLeases` (100,000) and `history` (3,600,000 ms), each of which may be Infinity. The setting of the
   * member that leads counts. Default: as given here.
   */
  readonly store?: StoreOptions
  /** The longest time that `close` waits for the tasks of `lead`, in ms. Default 5000. */
  readonly drainTimeout?: Millis
  /**
   * The signals on which the member closes. Afterwards the signal is raised again with its default action,
   * unless the process has another listener for it. Process 1 (in a container) exits with 128 + the signal's
   * number instead. A second signal ends the process at once. Use [] for none. Default ['SIGTERM', 'SIGINT'].
   */
  readonly shutdownSignals?: readonly NodeJS.Signals[]
  /**
   * A pino, a winston, the console or Nest's Logger, or another object with pino's methods. Default: warnings
   * and errors, one line each on stderr, at most 20 a minute.
   */
  readonly logger?: LoggerOption
  /**
   * Runs the member and its state machine in a worker thread, so that it keeps its leadership, votes and
   * writes while the event loop of the application is blocked. Then `machine` is the URL of a module, which
   * may also export `codec` and `resultCodec`; commands, results, queries and answers must survive
   * `structuredClone`; and `status`, `why`, `metrics` and `inspect` wait for the thread. In a bundle, give
   * the URL of a file of its own that imports 'oarlock/worker'. Default false.
   */
  readonly isolate?: boolean | URL
  /** A log store of your own. Default: the write-ahead log in `data`. */
  readonly logStore?: LogStore
  /** A transport of your own. Default: TCP. */
  readonly transport?: Transport
  /** A monotonic clock of your own. Default: the clock of the process. */
  readonly clock?: Clock
  /** A source of numbers in [0, 1), which spreads election timeouts. Default: Math.random. */
  readonly random?: () => number
}

/** Of a member that founds the cluster. */
export interface FounderOptions {
  /**
   * The 'host:port' of every member that founds the cluster, this one included. The same on each of them.
   * Either this or `seeds`.
   */
  readonly peers: Readonly<Record<NodeId, string>>
  /**
   * When a new cluster begins: with 'all', when every member has been heard once with the same configuration,
   * so that a wrong list of peers is found before anyone leads. With 'majority', when more than half of them
   * have; then a member with a wrong list, or with a lost disk, may go unnoticed while it is not heard.
   * Default 'all'.
   */
  readonly founding?: FoundingRule
  /**
   * The file of a backup, from which a new cluster is founded: the same one on every founder, with an empty
   * `data`. A member whose directory was founded from this backup goes on with it. Default: none.
   */
  readonly restore?: string
}

/** Of a process that becomes a member of a running cluster. */
export interface JoinerOptions {
  /**
   * The 'host:port' of one or more members. This member asks them who the members are, until the leader has
   * taken it in. From then on it knows them from its own disk. Its own address may be among them. Either this
   * or `peers`.
   */
  readonly seeds: readonly string[]
  /**
   * What it becomes when it is taken in: a 'voter' when it has caught up, or for good a 'learner', which has
   * the whole state and no vote. 'witness' is the same as `kind: 'witness'`. Default 'voter'.
   */
  readonly as?: 'voter' | 'learner' | 'witness'
}

/** None of these options. */
type Without<Options> = { readonly [Name in keyof Options]?: never }

/** A founder has `peers`, and a process that joins later has `seeds`. */
export type MemberOptions<Command, Result, Query = never, Answer = never> = CommonOptions<
  Command,
  Result,
  Query,
  Answer
> &
  ((FounderOptions & Without<JoinerOptions>) | (JoinerOptions & Without<FounderOptions>))

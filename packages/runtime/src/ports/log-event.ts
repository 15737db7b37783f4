// The names of log lines: the field `event` of each line above debug, in every package. They never change,
// whatever becomes of the message.

export type InfoEvent =
  /** Leadership begins here, with this `fence`. */
  | 'leadership-began'
  /** The leadership with this `fence` is over. */
  | 'leadership-ended'
  /** The only snapshot is being checked before it is restored: `read` of its `bytes`, every 2 s. */
  | 'snapshot-checking'
  /** The state machine is being restored from a snapshot: `read` of its `bytes`, every 2 s. */
  | 'snapshot-restoring'
  /** The state machine is restored from a snapshot. */
  | 'snapshot-restored'
  /** The log is being replayed at a start: `applied` of the entries up to `last`, every 2 s. */
  | 'log-replaying'
  /** What the log held at the start is applied. */
  | 'log-replayed'
  /** A snapshot is taken. */
  | 'snapshot-taken'
  /** A snapshot is received. */
  | 'snapshot-received'
  /** The broken transfer of a snapshot goes on. */
  | 'snapshot-resumed'
  /** New TLS files are in use. */
  | 'tls-files-renewed'
  /** Over Redis: the membership changes. */
  | 'membership-changes'
  /** Over Redis: a new cluster is founded. */
  | 'cluster-founded'
  /** Over Redis: Redis answers again. */
  | 'broker-connected'

export type WarnEvent =
  /** A client has lost its connection to a member, and why. */
  | 'client-disconnected'
  /** No member serves a client, and what is wrong with each endpoint. */
  | 'client-not-connected'
  /** The member has known no leader for ten election timeouts, and why. */
  | 'no-leader'
  /** The member has waited for its founders, or to be taken in, and for whom. */
  | 'waits-for-others'
  /** Two members refuse each other, and why (`reason`). */
  | 'peer-refused'
  /** A seed refuses this member, which joins. */
  | 'seed-refused'
  /** There is no connection to a peer, and why. */
  | 'peer-unreachable'
  /** The leader cannot bring a follower up to date. */
  | 'follower-stuck'
  /** The election timeouts of two members differ more than is wise. */
  | 'timeouts-differ'
  /** The transport does not show members who they are. */
  | 'identities-not-shown'
  /** A peer advertises an address that cannot be used. */
  | 'address-not-advertised'
  /** The event loop, or the thread of an isolated member, was blocked for `delay` ms. */
  | 'stalled'
  /** The tasks of `lead` did not end within `drainTimeout`. */
  | 'lead-tasks-late'
  /** A snapshot could not be taken. */
  | 'snapshot-not-taken'
  /** A snapshot that was received could not be kept. */
  | 'snapshot-not-kept'
  /** A snapshot on the disk is damaged or cut short, and is not used. */
  | 'snapshot-not-used'
  /** No snapshot in the directory reaches as far as the log goes back. */
  | 'snapshot-missing'
  /** The member has no state, and asks its peers for a snapshot. */
  | 'snapshot-requested'
  /** The log has passed 1 GB, and the state machine offers no snapshots. */
  | 'log-long'
  /** A crash has torn the last write of the log, which is cut off. */
  | 'write-torn'
  /** A message is longer than a frame may be, and was dropped. */
  | 'message-too-long'
  /** A peer receives more slowly than is sent to it, so messages are dropped. */
  | 'peer-slow'
  /** Messages that cannot be understood, are forged or come again were dropped. */
  | 'message-refused'
  /** A connection that came in was refused. */
  | 'connection-refused'
  /** Who accepted our connection refuses this member. */
  | 'connection-refused-there'
  /** A connection that came in did not agree on TLS. */
  | 'tls-not-agreed'
  /** A peer does not speak the protocol, or somebody changes what it sends. */
  | 'connection-broken'
  /** The operating system refused to accept a connection. */
  | 'accept-failed'
  /** The member listens without TLS and without a secret. */
  | 'wire-open'
  /** TLS files cannot be used, and the last good ones stay in use. */
  | 'tls-files-not-used'
  /** The certificate of this member expires soon, or has expired. */
  | 'certificate-expires'
  /** Over Redis: another process uses this id. */
  | 'id-duplicate'
  /** Over Redis: a request failed, or Redis does not answer. */
  | 'broker-failed'
  /** Over Redis: the record of the cluster cannot be read. */
  | 'record-not-read'
  /** Over Redis: another generation of the cluster has taken the place of this one. */
  | 'generation-over'

export type ErrorEvent =
  /** The member had to stop, and why (`err`). */
  | 'stopped'
  /** At its end, the member could not release everything. */
  | 'not-released'
  /** A stored snapshot is damaged, and was removed. */
  | 'snapshot-damaged'
  /** The member cannot catch up, because its state machine offers no snapshots. */
  | 'cannot-catch-up'
  /** An address in the table of members cannot be used. */
  | 'address-not-used'

export type LogEvent = InfoEvent | WarnEvent | ErrorEvent

type Fields<Event> = { readonly event: Event; readonly [field: string]: unknown }
export type InfoFields = Fields<InfoEvent>
export type WarnFields = Fields<WarnEvent>
export type ErrorFields = Fields<ErrorEvent>

/** The application's logger, as we write to it: no line without a name, and each name on its level. */
export interface EventLogger {
  debug(fields: object, message: string): void
  info(fields: InfoFields, message: string): void
  warn(fields: WarnFields, message: string): void
  error(fields: ErrorFields, message: string): void
}

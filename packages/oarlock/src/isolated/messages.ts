// What the application's thread and the worker of an isolated member say to each other.
import type { MessagePort } from 'node:worker_threads'
import type { Finding, NodeId, RaftView } from '@oarlock/core'
import type {
  Health,
  LeaderInfo,
  MemberChannel,
  MemberMetrics,
  MemberStatus,
  MembershipRequest,
  ProposeOptions,
  ReadOptions,
  ReconfigureOptions,
  SessionOptions,
} from '@oarlock/runtime'
import type {
  Change,
  OwnerId,
  RangeRequest,
  Revision,
  StoreConsistency,
  Taken,
  WatchRequest,
} from '@oarlock/store'
import type { MemberOptions } from '../member/index.ts'
import type { ErrorCopy } from './error-copy.ts'

/** What the worker carries out, with the arguments. The caller's signal becomes an `abort`. */
export interface Calls {
  readonly propose: readonly [command: unknown, options: Omit<ProposeOptions, 'signal'>]
  readonly read: readonly [query: unknown, options: Omit<ReadOptions, 'signal'>]
  readonly session: readonly [options: Omit<SessionOptions, 'signal'>]
  readonly proposeInSession: readonly [session: number, command: unknown]
  readonly closeSession: readonly [session: number]
  readonly snapshot: readonly []
  readonly members: readonly []
  readonly reconfigure: readonly [change: MembershipRequest, options: Omit<ReconfigureOptions, 'signal'>]
  readonly transferLeadership: readonly [options: { readonly to?: NodeId }]
  readonly backup: readonly [file: string]
  /** Begins a stream, and answers with its number. */
  readonly backupStream: readonly []
  /** Its next bytes, or null. */
  readonly readStream: readonly [stream: number]
  readonly endStream: readonly [stream: number]
  readonly changeStore: readonly [change: Change]
  readonly readStore: readonly [request: RangeRequest, consistency: StoreConsistency]
  readonly leases: readonly [owner: OwnerId | null]
  readonly renewLeases: readonly [owner: OwnerId]
  /** Begins a watch, and answers with its number. */
  readonly watch: readonly [request: WatchRequest]
  /** What has changed, when there is something, or null. */
  readonly takeChanges: readonly [watch: number]
  readonly endWatch: readonly [watch: number]
  readonly close: readonly []
}

/** The answer to `watch` and `takeChanges`. */
export interface Watched {
  readonly taken: NonNullable<Taken> | null
  /** All changes up to here have been taken. */
  readonly seen: Revision
}

export type Method = keyof Calls

export interface ToldHealth {
  readonly ready: Health
  readonly live: Health
}

/** What a member answers at once. */
export interface State {
  readonly status: MemberStatus
  readonly metrics: MemberMetrics
  readonly view: RaftView
  readonly why: readonly Finding[]
  readonly health: ToldHealth
  readonly address: string | null
}

/** To the worker. */
export type Order =
  | { readonly type: 'call'; readonly call: number; readonly method: Method; readonly args: Calls[Method] }
  | { readonly type: 'abort'; readonly call: number; readonly reason: unknown }
  /** The state, on the port of answers. The application's thread waits for it. */
  | { readonly type: 'state' }
  /** The application found that a lease has ended. */
  | { readonly type: 'lease ended' }

/** To the application's thread. */
export type Report =
  | { readonly type: 'joined' }
  | { readonly type: 'refused'; readonly error: ErrorCopy }
  | { readonly type: 'done'; readonly call: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly call: number; readonly error: ErrorCopy }
  /** A leadership has begun or ended: look into the shared memory. */
  | { readonly type: 'leadership' }
  | { readonly type: 'leader'; readonly leader: LeaderInfo | null }
  | { readonly type: 'health'; readonly health: ToldHealth }
  | { readonly type: 'event'; readonly event: EventCopy }
  | { readonly type: 'log'; readonly level: LogLevel; readonly fields: object; readonly message: string }
  | { readonly type: 'closed'; readonly error: ErrorCopy | null; readonly last: State }

/** What happened to the member. */
export interface EventCopy {
  readonly name: MemberChannel
  readonly message: object
  /** Its field `error`, if it has one. */
  readonly error?: ErrorCopy | null
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** With which a worker starts. */
export interface WorkerStart {
  /** What can be copied, and no more. */
  readonly options: Omit<MemberOptions<never, never>, 'machine' | 'logger'>
  /** The module that exports the machine, or null. */
  readonly machine: string | null
  readonly leadership: SharedArrayBuffer
  readonly pulse: SharedArrayBuffer
  /** Counts the answers on the port of answers. */
  readonly answers: SharedArrayBuffer
  readonly port: MessagePort
}

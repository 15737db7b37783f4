// What the store beside a member's machine needs of its member.
import type { Millis, NodeId } from '@oarlock/core'
import type { AbortOptions } from './election/index.ts'
import type { Leadership } from './leadership/index.ts'
import type { Clock } from './ports/index.ts'
import type { Completion, sessionClosing, sessionOpening, storeSessionCommand } from './proposals/index.ts'
import type { Consistency } from './reads/index.ts'

/** With callbacks, for what a simulator drives. */
export interface StorePort {
  readonly clock: Clock
  readonly electionTimeout: Millis
  /** As RaftConfig.clockRateTolerance. */
  readonly clockRateTolerance: number
  /** The leadership that this member has, or null. */
  readonly leadership: Leadership | null
  /** The leader that this member knows, or null. */
  readonly leader: NodeId | null
  /** Proposes a command for the store once, outside of any session. Errors: those of `propose`. */
  proposeOnce(command: Uint8Array, completion: Completion<Uint8Array>): void
  /** To the store of a peer. It may be lost. */
  send(to: NodeId, bytes: Uint8Array): void
}

/** What a client submits, as it is in the log. */
export type ClientCommandKind = typeof sessionOpening | typeof storeSessionCommand | typeof sessionClosing

export interface StoreLink extends StorePort {
  /**
   * Submits what a client has encoded, which may have submitted it before. Completes with the session's id or null, the
   * SessionOutcome of a command, or anything for a closing. Errors: those of `propose` with `retry: 'safe'`.
   */
  submit(
    kind: ClientCommandKind,
    bytes: Uint8Array,
    signal: AbortSignal,
    completion: Completion<unknown>,
  ): void
  /** As that of the member. */
  readonly closed: Promise<void>
  /**
   * Resolves with the store's answer, when the command is applied here. It is applied once, in a session of this
   * member. Errors: those of `propose` with `retry: 'safe'`.
   */
  proposeToStore(command: Uint8Array, options: AbortOptions): Promise<Uint8Array>
  /**
   * Calls `serve` when the store may be read with this consistency, and resolves with what it returns. Errors: those
   * of `read`, and what `serve` throws.
   */
  readStore<Value>(consistency: Consistency, serve: () => Value, options: AbortOptions): Promise<Value>
}

// Every error says what happened to the write it was about (`outcome`), under a `code` that never changes.
import type { NodeId } from '@oarlock/core'

/** `not-applied`: it did not and will not take effect. `unknown`: it may have, or may still. `not-a-write`: nothing was to change. */
export type Outcome = 'not-applied' | 'unknown' | 'not-a-write'

export abstract class OarlockError extends Error {
  abstract readonly code: `OARLOCK_${Uppercase<string>}`
  abstract readonly outcome: Outcome
  /** Who leads, as far as is known: where to turn instead. */
  readonly leader: NodeId | null = null
}

/** Options that cannot work. */
export class InvalidOptionsError extends OarlockError {
  override readonly name = 'InvalidOptionsError'
  readonly code = 'OARLOCK_INVALID_OPTIONS'
  readonly outcome = 'not-a-write'
}

/** Another process (or another member of this one) has the data directory open. */
export class DataLockedError extends OarlockError {
  override readonly name = 'DataLockedError'
  readonly code = 'OARLOCK_DATA_LOCKED'
  readonly outcome = 'not-a-write'
}

/** The data directory belongs to another cluster or another member. */
export class WrongDataError extends OarlockError {
  override readonly name = 'WrongDataError'
  readonly code = 'OARLOCK_WRONG_DATA'
  readonly outcome = 'not-a-write'
}

/** The log is damaged in a way that no crash explains. */
export class CorruptLogError extends OarlockError {
  override readonly name = 'CorruptLogError'
  readonly code = 'OARLOCK_CORRUPT_LOG'
  readonly outcome = 'not-a-write'
}

/** A write or fsync of the log failed. The member stops: what the disk holds is not known any more. */
export class LogWriteError extends OarlockError {
  override readonly name = 'LogWriteError'
  readonly code = 'OARLOCK_LOG_WRITE'
  readonly outcome = 'unknown'
}

/** The address to listen on is taken, or cannot be had. */
export class ListenError extends OarlockError {
  override readonly name = 'ListenError'
  readonly code = 'OARLOCK_LISTEN'
  readonly outcome = 'not-a-write'
}

/** Bytes that are not what they should be: a frame or record of another version, or damaged. */
export class DecodeError extends OarlockError {
  override readonly name = 'DecodeError'
  readonly code = 'OARLOCK_DECODE'
  readonly outcome = 'not-a-write'
}

// The errors of the store.
import { OarlockError, type Outcome } from '@oarlock/runtime'
import type { Failure } from '../model/requests.ts'

export type StoreRefusal =
  /** The revision was compacted away: `compacted` is the first one that there is. */
  | 'compacted'
  /** There is no such revision yet. */
  | 'future-revision'
  /** There is no such lease: it has ended, or never was. */
  | 'no-lease'
  | 'lease-exists'
  /** A put was to keep the value or the lease of a key that is not there. */
  | 'no-key'
  /** A transaction puts a key twice, or puts and deletes it. */
  | 'duplicate-key'
  /** There would be more keys, bytes or leases than there may be (the option `store` of the members). */
  | 'full'
  /** The answer of a write would be too long: ask for less of what was there before, or read it first. */
  | 'too-long'

/** The store refused the request, and changed nothing. `reason` says why. */
export class StoreRefusedError extends OarlockError {
  static readonly code = 'OARLOCK_STORE_REFUSED'
  override readonly name = 'StoreRefusedError'
  readonly code = 'OARLOCK_STORE_REFUSED'
  readonly outcome: Outcome
  readonly reason: StoreRefusal
  /** With the reason `compacted`: the first revision that can be read or watched. Else null. */
  readonly compacted: number | null

  constructor(failure: Failure, outcome: Outcome) {
    super(`${messageOf(failure)}: ${outcome === 'not-a-write' ? 'nothing was read' : 'nothing was changed'}`)
    this.outcome = outcome
    this.reason = failure.reason
    this.compacted = failure.reason === 'compacted' ? failure.compacted : null
  }
}

/** `connect`: the client, or all clients of its member, have as many requests or watches as a member serves. */
export class TooManyRequestsError extends OarlockError {
  static readonly code = 'OARLOCK_TOO_MANY_REQUESTS'
  override readonly name = 'TooManyRequestsError'
  readonly code = 'OARLOCK_TOO_MANY_REQUESTS'
  readonly outcome = 'not-applied'
}

/** `connect`: the answer to a read, or one revision of a watch, is too long for a message. Ask for a part of it. */
export class AnswerTooLongError extends OarlockError {
  static readonly code = 'OARLOCK_ANSWER_TOO_LONG'
  override readonly name = 'AnswerTooLongError'
  readonly code = 'OARLOCK_ANSWER_TOO_LONG'
  readonly outcome = 'not-a-write'
}

/** A key or a value is no UTF-8 text. `store.bytes` reads it. */
export class NotTextError extends OarlockError {
  static readonly code = 'OARLOCK_NOT_TEXT'
  override readonly name = 'NotTextError'
  readonly code = 'OARLOCK_NOT_TEXT'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome) {
    super(message)
    this.outcome = outcome
  }
}

function messageOf(failure: Failure): string {
  switch (failure.reason) {
    case 'compacted':
      return `revisions before ${failure.compacted} were compacted away`
    case 'future-revision':
      return `the store has only reached revision ${failure.revision}`
    case 'no-lease':
      return `there is no lease ${failure.lease}: it has ended, or never was`
    case 'lease-exists':
      return `there is a lease ${failure.lease} already`
    case 'no-key':
      return `the key ${shownKey(failure.key)} is not there, so its value or its lease cannot be kept`
    case 'duplicate-key':
      return `the transaction writes the key ${shownKey(failure.key)} twice`
    case 'full':
      return `the store is full, as it may have ${failure.limit.toLocaleString('en')} ${failure.of}`
    case 'too-long':
      return `the answer would have more than ${failure.limit.toLocaleString('en')} bytes`
  }
}

function shownKey(key: Uint8Array): string {
  const text = new TextDecoder().decode(key.subarray(0, 40))
  return key.length > 40 ? `'${text}…'` : `'${text}'`
}

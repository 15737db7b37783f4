// Turns the promises of a log store into the callbacks that the driver uses.
import { InvariantError } from '@oarlock/core'
import { LogWriteError, OarlockError } from '../errors.ts'
import type { PeerRecord } from '../identity/index.ts'
import type { LogStore, LogWriter } from '../ports/index.ts'

/** Errors of ours keep their type. Any other becomes a LogWriteError. */
const logFailure = (cause: unknown): Error =>
  cause instanceof OarlockError || cause instanceof InvariantError
    ? cause
    : new LogWriteError('the log store failed: stop the process, and check its disk', { cause })

/** Calls back once, never before this returns. A store of the application may throw instead of rejecting. */
function carryOut(write: () => Promise<void>, done: (failure: Error | null) => void): void {
  let writing: Promise<void>
  try {
    writing = write()
  } catch (cause) {
    writing = Promise.reject(cause)
  }
  Promise.resolve(writing).then(
    () => done(null),
    (cause: unknown) => done(logFailure(cause)),
  )
}

export function logWriterOf(store: Pick<LogStore, 'write'>): LogWriter {
  return { write: (batch, done) => carryOut(() => store.write(batch), done) }
}

/** As `logWriterOf`, for what is recorded of the peers. */
export function peerWriterOf(
  store: Pick<LogStore, 'recordPeers'>,
): (record: PeerRecord, done: (failure: Error | null) => void) => void {
  return (record, done) => carryOut(() => store.recordPeers(record), done)
}

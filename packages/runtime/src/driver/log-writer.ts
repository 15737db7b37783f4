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

export function logWriterOf(store: Pick<LogStore, 'write'>): LogWriter {
  return {
    write(batch, done) {
      store.write(batch).then(
        () => done(null),
        (cause: unknown) => done(logFailure(cause)),
      )
    },
  }
}

/** As `logWriterOf`, for what is recorded of the peers. */
export function peerWriterOf(
  store: Pick<LogStore, 'recordPeers'>,
): (record: PeerRecord, done: (failure: Error | null) => void) => void {
  return (record, done) => {
    store.recordPeers(record).then(
      () => done(null),
      (cause: unknown) => done(logFailure(cause)),
    )
  }
}

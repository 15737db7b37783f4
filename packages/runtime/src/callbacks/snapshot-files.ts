// Turns the promises of a log store's snapshots into the callbacks that the runtime uses.
import { InvariantError } from '@oarlock/core'
import { LogWriteError, OarlockError } from '../errors.ts'
import type { Done, Got, LogStore, SnapshotFile, SnapshotFiles } from '../ports/index.ts'

const failureOf = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)))

/** Calls back once, never before this returns. A store of the application may throw instead of rejecting. */
function settle<Value>(work: () => Promise<Value>, got: Got<Value>): void {
  let promise: Promise<Value>
  try {
    promise = work()
  } catch (cause) {
    promise = Promise.reject(cause)
  }
  Promise.resolve(promise).then(
    (value) => got(null, value),
    (cause: unknown) => got(failureOf(cause), null),
  )
}

const carryOut = (work: () => Promise<void>, done: Done): void => settle(work, (failure) => done(failure))

/** Errors of ours keep their type. Any other becomes a LogWriteError. */
const compactionFailure = (cause: Error): Error =>
  cause instanceof OarlockError || cause instanceof InvariantError
    ? cause
    : new LogWriteError('the log store could not be compacted: stop the process, and check its disk', {
        cause,
      })

/** Null for a store without snapshots. */
export function snapshotFilesOf(store: Pick<LogStore, 'snapshots' | 'compact'>): SnapshotFiles | null {
  const { snapshots } = store
  if (snapshots === undefined || store.compact === undefined) return null
  return {
    get stored() {
      return snapshots.stored
    },
    get partial() {
      return snapshots.partial
    },
    create: (meta, got) =>
      settle(async () => {
        const writer = await snapshots.create(meta)
        const file: SnapshotFile = {
          append: (bytes, done) => carryOut(() => writer.append(bytes), done),
          commit: (committed) => settle(() => writer.commit(), committed),
          abort: () =>
            carryOut(
              () => writer.abort(),
              () => {},
            ),
        }
        return file
      }, got),
    read: (snapshot, offset, length, got) => settle(() => snapshots.read(snapshot, offset, length), got),
    remove: (snapshot, done) => carryOut(() => snapshots.remove(snapshot), done),
    startPartial: (offer, done) => carryOut(() => snapshots.startPartial(offer), done),
    appendPartial: (offset, bytes, done) => carryOut(() => snapshots.appendPartial(offset, bytes), done),
    commitPartial: (got) => settle(() => snapshots.commitPartial(), got),
    discardPartial: (done) => carryOut(() => snapshots.discardPartial(), done),
    compact: (to, done) =>
      carryOut(
        () => store.compact!(to),
        (failure) => done(failure === null ? null : compactionFailure(failure)),
      ),
  }
}

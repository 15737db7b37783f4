// The application's state machine as a section of every snapshot.
import { StateMachineError } from '../errors.ts'
import { shown } from '../options/index.ts'
import type { ByteSource, MachineSnapshots, SnapshotSection } from '../ports/index.ts'

const errorOf = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)))

/** An async iterable that the application made. Throws if it is none. */
function sourceOf(chunks: AsyncIterable<Uint8Array>): ByteSource {
  const iterator = chunks[Symbol.asyncIterator]()
  return {
    next: (got) => {
      Promise.resolve()
        .then(() => iterator.next())
        .then((result) => {
          if (result.done === true) return null
          if (!(result.value instanceof Uint8Array))
            throw new TypeError(
              `snapshots.take must yield Uint8Arrays, and it yielded ${shown(result.value)}`,
            )
          return result.value
        })
        .then(
          (bytes) => got(null, bytes),
          (cause: unknown) => got(errorOf(cause), null),
        )
    },
    cancel: () => {
      Promise.resolve()
        .then(() => iterator.return?.())
        .catch(() => {})
    },
  }
}

async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const bytes = await new Promise<Uint8Array | null>((resolve, reject) =>
      source.next((failure, value) => (failure === null ? resolve(value) : reject(failure))),
    )
    if (bytes === null) return
    if (bytes.length > 0) yield bytes
  }
}

export function machineSection(snapshots: MachineSnapshots): SnapshotSection {
  return {
    name: 'machine',
    format: snapshots.format,
    take: () => sourceOf(snapshots.take()),
    restore: (source, format, done) => {
      Promise.resolve()
        .then(() => snapshots.restore(chunksOf(source), format))
        .then(
          () => done(null),
          (cause: unknown) => done(errorOf(cause)),
        )
    },
    reset: () => {
      throw new StateMachineError(
        'the snapshot holds no state of a state machine: was it written by a witness?',
      )
    },
  }
}

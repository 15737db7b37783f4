// A section that fits into memory: it is taken as one piece, and restored from all of its bytes.
import type { ByteSource, Got, SnapshotSection } from '../ports/index.ts'
import { concat } from './bytes.ts'

export interface SmallSection extends Pick<SnapshotSection, 'name' | 'format' | 'reset'> {
  take(): Uint8Array
  /** What it throws fails the restore. */
  restore(bytes: Uint8Array): void
}

/** It always has a state. */
export interface OneSection extends SnapshotSection {
  take(): ByteSource
}

export function smallSection(section: SmallSection): OneSection {
  const { name, format } = section
  return {
    name,
    format,
    take: () => onePiece(section.take()),
    restore: (source, _format, done) =>
      gather(source, [], (failure, bytes) => {
        if (failure !== null) return done(failure)
        try {
          section.restore(bytes!)
        } catch (cause) {
          return done(cause as Error)
        }
        done(null)
      }),
    reset: () => section.reset(),
  }
}

/** Bytes as a stream of one piece. */
export function onePiece(bytes: Uint8Array): ByteSource {
  let left: Uint8Array | null = bytes.length === 0 ? null : bytes
  return {
    next: (got) => {
      const next = left
      left = null
      got(null, next)
    },
    cancel() {},
  }
}

/** The source may use the bytes of a piece again. */
function gather(source: ByteSource, parts: readonly Uint8Array[], got: Got<Uint8Array>): void {
  source.next((failure, bytes) => {
    if (failure !== null) return got(failure, null)
    if (bytes === null) return got(null, concat(parts))
    gather(source, [...parts, bytes.slice()], got)
  })
}

// The table of sessions, and leader time, as a section of every snapshot.
import type { ByteSource, Done, SnapshotSection } from '../ports/index.ts'
import type { LeaderTime } from '../proposals/index.ts'
import type { SessionTable } from './table.ts'
import { decodeTable, encodeTable } from './table-codec.ts'

export function sessionsSection(table: SessionTable, leaderTime: LeaderTime): SnapshotSection {
  return {
    name: 'sessions',
    format: 0,
    take: () => once(encodeTable(table, leaderTime.latest)),
    restore: (source, _format, done) =>
      gather(source, [], (failure, bytes) => {
        if (failure !== null) return done(failure)
        try {
          leaderTime.restore(decodeTable(bytes!, table))
        } catch (cause) {
          return done(cause as Error)
        }
        done(null)
      }),
    reset: () => {
      table.restore([])
      leaderTime.restore(0)
    },
  }
}

function once(bytes: Uint8Array): ByteSource {
  let left: Uint8Array | null = bytes
  return {
    next: (got) => {
      const next = left
      left = null
      got(null, next)
    },
    cancel() {},
  }
}

function gather(
  source: ByteSource,
  parts: Uint8Array[],
  done: (...result: [...Parameters<Done>, bytes?: Uint8Array]) => void,
): void {
  source.next((failure, bytes) => {
    if (failure !== null) return done(failure)
    if (bytes !== null) return gather(source, [...parts, bytes.slice()], done)
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    done(null, all)
  })
}

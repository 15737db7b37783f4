// The table of members as a section of every snapshot.
import type { ByteSource, Done, SnapshotSection } from '../ports/index.ts'
import type { TableState } from './member-table.ts'
import { decodeTable, encodeTable } from './table-codec.ts'

interface Table {
  readonly table: TableState
  installed(table: TableState): void
}

/** `founders`: for a snapshot without this section. */
export function membersSection(members: Table, founders: TableState): SnapshotSection {
  return {
    name: 'members',
    format: 1,
    take: () => sourceOf(encodeTable(members.table)),
    restore: (source, _format, done) =>
      gather(source, [], (bytes) => members.installed(decodeTable(bytes)), done),
    reset: () => members.installed(founders),
  }
}

function sourceOf(bytes: Uint8Array): ByteSource {
  let left: Uint8Array | null = bytes
  return {
    next: (got) => {
      const now = left
      left = null
      got(null, now)
    },
    cancel() {},
  }
}

function gather(
  source: ByteSource,
  parts: Uint8Array[],
  then: (bytes: Uint8Array) => void,
  done: Done,
): void {
  source.next((failure, bytes) => {
    if (failure !== null) return done(failure)
    if (bytes !== null) return gather(source, [...parts, bytes], then, done)
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    try {
      then(all)
    } catch (cause) {
      return done(cause as Error)
    }
    done(null)
  })
}

// The table of members as a section of every snapshot.
import type { SnapshotSection } from '../ports/index.ts'
import { smallSection } from '../snapshots/small-section.ts'
import type { TableState } from './member-table.ts'
import { decodeTable, encodeTable } from './table-codec.ts'

interface Table {
  readonly table: TableState
  installed(table: TableState): void
}

/** `founders`: for a snapshot without this section. */
export function membersSection(members: Table, founders: () => TableState): SnapshotSection {
  return smallSection({
    name: 'members',
    format: 1,
    take: () => encodeTable(members.table),
    restore: (bytes) => members.installed(decodeTable(bytes)),
    reset: () => members.installed(founders()),
  })
}

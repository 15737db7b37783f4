// The table of sessions, and leader time, as a section of every snapshot.
import type { LeaderTime } from '../proposals/index.ts'
import { type OneSection, smallSection } from '../snapshots/small-section.ts'
import type { SessionTable } from './table.ts'
import { decodeTable, encodeTable } from './table-codec.ts'

export function sessionsSection(table: SessionTable, leaderTime: LeaderTime): OneSection {
  return smallSection({
    name: 'sessions',
    format: 0,
    take: () => encodeTable(table, leaderTime.latest),
    restore: (bytes) => leaderTime.restore(decodeTable(bytes, table)),
    reset: () => {
      table.restore([])
      leaderTime.restore(0)
    },
  })
}

// CHANGE: a leader appends a membership change only when it has applied all earlier ones in its log (thesis
// §4.1) and has committed an entry of its own term (Ongaro, raft-dev 2015). Otherwise majorities of two
// configurations in force need not overlap. An entry that only marks a place in the log changes no majority.
// Kills M1, M5, M21.
import { decodeChange, type Effects, type Entry } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

function isNote({ data }: Entry): boolean {
  const { transition, changes } = decodeChange(data)
  return transition === 'auto' && changes.length === 1 && changes[0]!.kind === 'update'
}

export class OneChangeAtATime implements Watcher {
  taken(node: SimNode, { persist }: Effects): void {
    const { raft, log, id } = node
    if (persist === null || raft.role !== 'leader') return
    for (const entry of persist.entries) {
      // It did not append what it found when it was elected.
      if (entry.type !== 'configuration' || entry.term !== raft.term) continue
      // A leader that leaves a joint configuration without a request has applied everything it was elected
      // with.
      if (entry.data.length > 0 && !isNote(entry) && raft.commit < raft.termStart)
        throw new Violation(
          'CHANGE',
          `${id} appends a change at ${place(entry)} but has committed nothing of its term, which starts at ${raft.termStart}`,
        )
      for (let at = raft.applied + 1; at < entry.index; at++) {
        const other = log.at(at)
        if (other?.type === 'configuration')
          throw new Violation(
            'CHANGE',
            `${id} appends a change at ${place(entry)}, but the one at ${place(other)} is not applied (${raft.applied} is)`,
          )
      }
    }
  }
}

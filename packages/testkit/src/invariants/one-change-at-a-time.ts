// CHANGE: a leader appends no change of the membership while there is one in its log that it has not applied (thesis §4.1;
// Ongaro, raft-dev 2015): else majorities of two configurations that are in force need not meet.
// Kills M1, M5.
import type { Effects } from '@oarlock/core'
import { place } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'

export class OneChangeAtATime implements Watcher {
  taken(node: SimNode, { persist }: Effects): void {
    const { raft, log, id } = node
    if (persist === null || raft.role !== 'leader') return
    for (const entry of persist.entries) {
      // What it found when it was elected it did not append.
      if (entry.type !== 'configuration' || entry.term !== raft.term) continue
      for (let at = raft.applied + 1; at < entry.index; at++) {
        const other = log.at(at)
        if (other?.type === 'configuration')
          throw new Violation(
            'CHANGE',
            `${id} appends a change at ${place(entry)}; the one at ${place(other)} is not applied (${raft.applied} is)`,
          )
      }
    }
  }
}

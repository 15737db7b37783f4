// CHANGE: a leader appends no change of the membership while there is one in its log that it has not applied (thesis §4.1), nor
// before it has committed an entry of its own term (Ongaro, raft-dev 2015): else majorities of two configurations that are in
// force need not meet.
// Kills M1, M5, M21.
import type { Effects } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

export class OneChangeAtATime implements Watcher {
  taken(node: SimNode, { persist }: Effects): void {
    const { raft, log, id } = node
    if (persist === null || raft.role !== 'leader') return
    for (const entry of persist.entries) {
      // What it found when it was elected it did not append.
      if (entry.type !== 'configuration' || entry.term !== raft.term) continue
      // A leader that leaves a joint configuration by itself has applied all that it was elected with: that was no request.
      if (entry.data.length > 0 && raft.commit < raft.termStart)
        throw new Violation(
          'CHANGE',
          `${id} appends a change at ${place(entry)}, and has committed nothing of its term, from ${raft.termStart} on`,
        )
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

// MEMBERS: a leader's runtime makes a voter only of a newcomer that it replicates to (thesis §4.2.1).
// Kills M37.
import { decodeChange, type Effects } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class PromotedWhenCaughtUp implements Watcher {
  taken({ raft, replica, id: leader }: SimNode, { persist }: Effects): void {
    if (persist === null || raft.role !== 'leader') return
    const { members } = replica.members.table
    for (const entry of persist.entries) {
      if (entry.type !== 'configuration' || entry.term !== raft.term || entry.data.length === 0) continue
      for (const { kind, id } of decodeChange(entry.data).changes)
        if (kind === 'voter' && members.get(id)?.promote === true) check(raft, leader, id)
    }
  }
}

function check(raft: SimNode['raft'], leader: string, newcomer: string): void {
  const progress = raft.inspect().progress.get(newcomer)
  if (progress?.state !== 'replicate' || progress.match === 0)
    throw new Violation(
      'MEMBERS',
      `${leader} makes a voter of ${newcomer}, which holds the log up to ${progress?.match ?? 'nobody knows where'} (${progress?.state})`,
    )
}

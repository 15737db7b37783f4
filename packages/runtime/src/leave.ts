// A leader that closes transfers leadership first, so that the others need not wait for an election timeout
// (thesis §3.10).
import type { Millis, NodeId, Raft } from '@oarlock/core'
import type { Driver } from './driver/index.ts'
import { happensBefore } from './election/index.ts'
import type { Latest, LeaderInfo } from './leadership/index.ts'
import type { Clock } from './ports/index.ts'
import type { ReachablePeers } from './reachable-peers.ts'

export interface Leaving {
  readonly id: NodeId
  readonly raft: Raft
  readonly driver: Driver
  readonly reachable: ReachablePeers
  readonly leaders: Latest<LeaderInfo | null>
  readonly clock: Clock
}

/**
 * Transfers leadership to the most caught-up member that can be reached. If that one goes away too, because
 * the whole cluster shuts down, tries the next. Returns when another member leads, when no member is left, or
 * at `until`.
 */
export async function transferBeforeLeaving(leaving: Leaving, until: Millis): Promise<void> {
  const { id, raft, driver, reachable, leaders, clock } = leaving
  const anotherLeads = () => leaders.value !== null && leaders.value.id !== id
  while (raft.role === 'leader') {
    const successor = mostCaughtUp(raft, reachable)
    if (successor === null) return
    driver.step({ type: 'transfer', to: successor })
    let gone = false
    await happensBefore(clock, until, (happened) => {
      const unlisten = leaders.listen(() => {
        if (anotherLeads()) happened()
      })
      const unwatch = reachable.onLost((peer) => {
        gone = peer === successor
        if (gone) happened()
      })
      return () => {
        unlisten()
        unwatch()
      }
    })
    if (!gone) return
  }
}

function mostCaughtUp(raft: Raft, reachable: ReachablePeers): NodeId | null {
  let best: NodeId | null = null
  let match = -1
  for (const [peer, progress] of raft.inspect().progress) {
    if (!reachable.has(peer) || progress.learner || progress.match <= match) continue
    best = peer
    match = progress.match
  }
  return best
}

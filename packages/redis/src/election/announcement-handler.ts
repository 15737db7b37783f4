// Handles the announcements of other instances.
import { duration, type Millis, type NodeId } from '@oarlock/core'
import type { Announcement, Discovery, RaftNode } from '../cluster/index.ts'
import type { RedisProblems } from '../connection/index.ts'
import type { LeaderDuties } from './leader-duties.ts'
import type { LeaderWatch } from './leader-watch.ts'
import type { LeaseRenewal } from './lease-renewal.ts'
import type { ElectionSettings } from './options.ts'

export interface AnnouncementHandlerInit {
  readonly settings: Pick<ElectionSettings, 'clock' | 'config'>
  readonly problems: RedisProblems
  readonly node: () => RaftNode | null
  readonly duties: LeaderDuties
  readonly discovery: Pick<Discovery, 'seen' | 'left' | 'heardLease'>
  readonly lease: LeaseRenewal
  readonly watch: LeaderWatch
  /** Looks up the cluster in the registry. */
  readonly discover: () => void
  /** The leader may have become known. */
  readonly changed: () => void
  /** A member that announced its leaving is no longer in the cluster. */
  readonly left: (member: NodeId) => void
}

/** Election timeouts may differ, but elections take as long as the longest one. */
const wiseFactor = 2

export class AnnouncementHandler {
  readonly #init: AnnouncementHandlerInit

  constructor(init: AnnouncementHandlerInit) {
    this.#init = init
  }

  handle(from: NodeId, announcement: Announcement): void {
    const { settings, duties, discovery, left } = this.#init
    const node = this.#init.node()
    const leads = node?.raft.role === 'leader'
    switch (announcement.type) {
      case 'here':
        discovery.seen(from, settings.clock.now())
        duties.wantsToJoin(from)
        if (!leads) return
        duties.announceCluster(node)
        return duties.runAutopilot(node)
      case 'leaving':
        discovery.left(from)
        duties.wantsToLeave(from)
        if (leads) duties.runAutopilot(node)
        return
      case 'left':
        return left(announcement.member)
      case 'cluster':
        return this.#handleCluster(from, announcement, node)
      default:
        return announcement satisfies never
    }
  }

  #handleCluster(
    from: NodeId,
    { cluster, leadership }: Extract<Announcement, { type: 'cluster' }>,
    node: RaftNode | null,
  ): void {
    const { lease, watch, discover, discovery, changed } = this.#init
    if (leadership !== null) {
      discovery.heardLease(leadership.lease)
      this.#compareTimeouts(from, leadership.lease)
    }
    if (cluster.id === node?.cluster.id) {
      if (leadership === null) return
      lease.learnFence(node, from, leadership.term, leadership.fence)
      return changed()
    }
    if (node !== null && cluster.generation <= node.cluster.generation) return
    // Only the registry decides. The announcement makes this instance look there sooner.
    watch.noLeader()
    discover()
  }

  #compareTimeouts(leader: NodeId, theirs: Millis): void {
    const { problems, settings } = this.#init
    const { id, electionTimeout: own } = settings.config
    if (Math.max(own, theirs) <= wiseFactor * Math.min(own, theirs)) return problems.succeeded('timeouts')
    const text = `the election timeouts of ${id} (${duration(own)}) and ${leader} (${duration(theirs)}) differ by more than a factor of ${wiseFactor}: that is safe, but a new leader takes as long as the longest one asks for; use similar ones.`
    problems.failed('timeouts', text, 'timeouts-differ')
  }
}

// Handles the announcements of other instances.
import type { NodeId } from '@oarlock/core'
import type { Announcement, Discovery, RaftNode } from '../cluster/index.ts'
import type { LeaderDuties } from './leader-duties.ts'
import type { LeaderWatch } from './leader-watch.ts'
import type { LeaseRenewal } from './lease-renewal.ts'
import type { ElectionSettings } from './options.ts'

export interface AnnouncementHandlerInit {
  readonly settings: Pick<ElectionSettings, 'clock'>
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
    if (leadership !== null) discovery.heardLease(leadership.lease)
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
}

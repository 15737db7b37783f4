// The duties of a leader: to renew its lease, to announce its cluster, and to make the membership changes
// that are due.
import type { Millis, NodeId } from '@oarlock/core'
import { type Announcement, Autopilot, type RaftNode } from '../cluster/index.ts'
import type { Attempts } from './attempts.ts'
import type { LeaseRenewal } from './lease-renewal.ts'
import type { ElectionSettings } from './options.ts'

export interface LeaderDutiesInit {
  readonly settings: ElectionSettings
  readonly lease: LeaseRenewal
  readonly attempts: Attempts
  readonly node: () => RaftNode | null
  readonly announce: (announcement: Announcement) => void
  /** The registry no longer names this cluster as alive. */
  readonly clusterOver: () => Promise<void>
  /** A leadership has begun, or its lease was renewed. */
  readonly changed: () => void
}

export class LeaderDuties {
  readonly #init: LeaderDutiesInit
  readonly #autopilot: Autopilot
  #stopped = false
  #announcedAt: Millis = Number.NEGATIVE_INFINITY
  /** The configuration and term in which the autopilot has run. */
  #autopilotRan = { index: -1, term: -1 }

  constructor(init: LeaderDutiesInit) {
    this.#init = init
    const { settings, announce } = init
    this.#autopilot = new Autopilot({
      forgetAfter: settings.forgetAfter,
      change: (change) => {
        settings.logger.info(
          { event: 'membership-changes', id: settings.config.id, changes: change.changes },
          'the membership changes',
        )
        init.node()?.reconfigure(change)
      },
      left: (member) => announce({ type: 'left', member }),
    })
  }

  stop(): void {
    this.#stopped = true
  }

  tick(node: RaftNode): void {
    const { clock, config } = this.#init.settings
    void this.#renewLease(node)
    this.runAutopilot(node)
    if (clock.now() - this.#announcedAt > config.electionTimeout) this.announceCluster(node)
  }

  /**
   * Runs the autopilot at once after a change of the membership or the term. Otherwise it waits for the next
   * tick: it would ask again and again for a change that the core refused in this turn.
   */
  turnEnded(node: RaftNode): void {
    if (this.#init.lease.fenceOf(node) === null) void this.#renewLease(node)
    const { configurationIndex, term } = node.view()
    if (configurationIndex === this.#autopilotRan.index && term === this.#autopilotRan.term) return
    this.#autopilotRan = { index: configurationIndex, term }
    this.runAutopilot(node)
  }

  /** Does nothing on a node that does not lead. */
  runAutopilot(node: RaftNode): void {
    this.#autopilot.run(node.view())
  }

  announceCluster(node: RaftNode): void {
    const { cluster, raft } = node
    const { role, term } = raft
    const { clock, config } = this.#init.settings
    this.#announcedAt = clock.now()
    const fence = role === 'leader' ? this.#init.lease.fenceOf(node) : null
    this.#init.announce({
      type: 'cluster',
      cluster,
      leadership: fence === null ? null : { term, fence, lease: config.electionTimeout },
    })
  }

  wantsToJoin(id: NodeId): void {
    this.#autopilot.wantsToJoin(id, this.#init.settings.clock.now())
  }

  wantsToLeave(id: NodeId): void {
    this.#autopilot.wantsToLeave(id)
  }

  isLeaving(id: NodeId): boolean {
    return this.#autopilot.isLeaving(id)
  }

  async #renewLease(node: RaftNode): Promise<void> {
    const { lease, attempts, clusterOver, changed } = this.#init
    await attempts.attempt('renew the lease', async () => {
      const outcome = await lease.renew(node)
      if (this.#stopped || outcome.type === 'skipped') return
      if (outcome.type === 'over') return clusterOver()
      if (outcome.begins) this.announceCluster(node)
      changed()
    })
  }
}

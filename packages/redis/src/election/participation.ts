// An instance participates in the cluster of its prefix: it finds and joins it, follows its leader or leads,
// and moves on to the next cluster when there is a new generation. It does its part at each tick, one
// heartbeat interval apart.
import type { Millis, NodeId, RaftView } from '@oarlock/core'
import type { LeaderInfo, LeadershipSource } from '@oarlock/runtime'
import {
  type Announcement,
  type ClusterIdentity,
  Discovery,
  decodeAnnouncement,
  encodeAnnouncement,
  type JoinOptions,
  type Obstacle,
  type Position,
  RaftNode,
  type Registry,
} from '../cluster/index.ts'
import type { RedisProblems } from '../connection/index.ts'
import { AnnouncementHandler } from './announcement-handler.ts'
import { Attempts } from './attempts.ts'
import { LeaderDuties } from './leader-duties.ts'
import { LeaderWatch } from './leader-watch.ts'
import { LeaseRenewal } from './lease-renewal.ts'
import type { ElectionSettings } from './options.ts'
import type { BrokerConnection, Bus } from './ports.ts'
import { Ticker } from './ticker.ts'

export interface ParticipationInit {
  readonly settings: ElectionSettings
  readonly connection: BrokerConnection
  readonly bus: Bus
  readonly registry: Registry
  readonly problems: RedisProblems
  /** Role, leader, term, lease or cluster may have changed. */
  readonly changed: () => void
  /** The core cannot continue. */
  readonly failed: (cause: unknown) => void
  /** A member that announced its leaving is no longer in the cluster. */
  readonly left: (member: NodeId) => void
}

export class Participation {
  readonly #init: ParticipationInit
  readonly #id: NodeId
  readonly #lease: LeaseRenewal
  readonly #duties: LeaderDuties
  readonly #watch: LeaderWatch
  readonly #discovery: Discovery
  readonly #announcements: AnnouncementHandler
  readonly #ticker: Ticker
  readonly #attempts: Attempts
  readonly #unsubscribe: (() => void)[] = []
  #node: RaftNode | null = null
  /** It has claimed its cluster, and starts the first election there. */
  #isClaimer = false
  /** It leaves: it joins no further cluster. */
  #isLeaving = false
  #stopped = false
  #ticks = 0

  constructor(init: ParticipationInit) {
    const { settings, bus, registry } = init
    const { clock, config, logger } = settings
    const node = () => this.#node
    this.#init = init
    this.#id = config.id
    this.#lease = new LeaseRenewal({ settings, registry, node })
    this.#attempts = new Attempts(config.id, init.problems, logger)
    this.#watch = new LeaderWatch(settings, bus)
    this.#ticker = new Ticker(clock, config.heartbeatInterval, (missed) => this.#tick(missed))
    this.#duties = new LeaderDuties({
      settings,
      lease: this.#lease,
      attempts: this.#attempts,
      node,
      announce: (announcement) => this.#announce(announcement),
      clusterOver: () => this.#discover(),
      changed: () => init.changed(),
    })
    this.#discovery = new Discovery({
      settings,
      registry,
      channelOf: (id) => bus.channelOf(id),
      position: () => this.#position,
      join: (cluster, how) => this.#join(cluster, how),
    })
    this.#announcements = new AnnouncementHandler({
      settings,
      problems: init.problems,
      node,
      duties: this.#duties,
      discovery: this.#discovery,
      lease: this.#lease,
      watch: this.#watch,
      discover: () => void this.#attempts.attempt('look for the cluster', () => this.#discover()),
      changed: () => init.changed(),
      left: (member) => init.left(member),
    })
  }

  start(): void {
    const { bus, connection } = this.#init
    this.#unsubscribe.push(
      bus.onAnnouncement((from, body) => {
        const announcement = decodeAnnouncement(body)
        if (announcement !== null && from !== this.#id) this.#announcements.handle(from, announcement)
      }),
      connection.onChange(() => {
        this.#watch.reset()
        this.#ticker.tickNow()
      }),
    )
    this.#ticker.tickNow()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#duties.stop()
    this.#ticker.stop()
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    await this.#node?.stop()
  }

  /** The state of the current leadership, for the LeadershipTracker. */
  get source(): LeadershipSource {
    return this.#lease.source
  }

  get cluster(): ClusterIdentity | null {
    return this.#node?.cluster ?? null
  }

  view(): RaftView | null {
    return this.#node?.view() ?? null
  }

  get members(): readonly NodeId[] {
    return this.#node?.members ?? []
  }

  get #position(): Position {
    return { own: this.cluster, view: this.view(), leaderlessFor: this.#watch.leaderlessFor }
  }

  /** What it waits for while it follows no leader. Null: it does not wait, or follows one. */
  get obstacle(): Obstacle | null {
    const { leaderlessFor } = this.#watch
    const leads = this.#node?.raft.role === 'leader'
    return leaderlessFor === null && !leads ? null : this.#discovery.obstacle
  }

  /** Until when a leadership may be held here, by the registry. -Infinity: it was never renewed. */
  get registryDeadline(): Millis {
    return this.#lease.registryDeadline
  }

  /** The leader, this instance or one that it hears, once its fence is known. */
  get leader(): LeaderInfo | null {
    const node = this.#node
    if (node === null) return null
    const { leader } = node.raft
    const fence = this.#lease.fenceOf(node)
    return leader === null || fence === null || !this.#watch.hears(node, leader)
      ? null
      : { id: leader, fence }
  }

  /** A leadership has ended here. The core must not continue it under the same fence. */
  stepDown(): void {
    this.#node?.stepDown()
  }

  transfer(to: NodeId | null): void {
    this.#node?.driver.step({ type: 'transfer', to })
  }

  /** Announces that this instance leaves. A leader prepares a successor. */
  leave(): void {
    this.#isLeaving = true
    this.#duties.wantsToLeave(this.#id)
    this.#announce({ type: 'leaving' })
    if (this.#node !== null) this.#duties.runAutopilot(this.#node)
  }

  isLeaving(id: NodeId): boolean {
    return this.#duties.isLeaving(id)
  }

  /** No member stays. Marks the cluster as over, so that neither leaving nor new instances need to wait. */
  async endCluster(): Promise<void> {
    const { cluster, members } = this
    if (cluster === null) return
    await this.#attempts.attempt('end the cluster', () => this.#init.registry.end(cluster))
    for (const member of members) if (member !== this.#id) this.#announce({ type: 'left', member })
  }

  #tick(missed: boolean): void {
    // A process that was stopped did not hear its leader meanwhile.
    if (missed) this.#watch.reset()
    this.#ticks++
    if (this.#init.connection.isUp) {
      const node = this.#node
      if (node?.raft.role === 'leader') {
        this.#watch.reset()
        this.#duties.tick(node)
      } else this.#follow(node)
    }
    this.#init.changed()
  }

  #follow(node: RaftNode | null): void {
    const leader = node?.raft.leader ?? null
    if (node !== null && leader !== null && this.#watch.hears(node, leader)) {
      this.#watch.reset()
      if (this.#watch.isLate(node, leader))
        void this.#attempts.attempt('look for the leader', () => this.#watch.checkChannel(node, leader))
      // The leader answers with its fence.
      if (this.#lease.fenceOf(node) === null && !this.#isLeaving) this.#announce({ type: 'here' })
      return
    }
    this.#watch.noLeader()
    if (this.#isLeaving) return
    if (this.#ticks % 2 === 0) this.#announce({ type: 'here' })
    if (this.#isClaimer) node?.campaign()
    void this.#attempts.attempt('look for the cluster', () => this.#discover())
  }

  async #discover(): Promise<void> {
    if (!this.#isLeaving) await this.#discovery.step()
  }

  async #join(cluster: ClusterIdentity, { asClaimer, lease }: JoinOptions): Promise<void> {
    const before = this.#node
    this.#node = null
    await before?.stop()
    if (this.#stopped) return
    this.#lease.reset()
    const { config, clock, random } = this.#init.settings
    const node: RaftNode = await RaftNode.start({
      cluster,
      config,
      promise: Math.max(config.electionTimeout, lease),
      transport: this.#init.bus.transport(cluster.id),
      clock,
      random,
      listener: {
        turnEnded: () => this.#turnEnded(node),
        failed: (cause) => this.#init.failed(cause),
      },
    })
    if (this.#stopped) return node.stop()
    this.#node = node
    this.#isClaimer = asClaimer
    this.#watch.reset()
    this.#watch.noLeader()
    if (asClaimer) this.#duties.announceCluster(node)
    else this.#announce({ type: 'here' })
    this.#init.changed()
  }

  #turnEnded(node: RaftNode): void {
    if (node !== this.#node) return
    if (node.raft.role === 'leader') {
      this.#isClaimer = false
      this.#duties.turnEnded(node)
    }
    this.#init.changed()
  }

  #announce(announcement: Announcement): void {
    void this.#attempts.attempt('announce', () => this.#init.bus.announce(encodeAnnouncement(announcement)))
  }
}

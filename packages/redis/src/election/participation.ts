// An instance attends: it follows the leader of its cluster, or leads, and goes on with the next cluster when
// there is a new generation. One beat a heartbeat interval; Raft's own timers are the node's.
import type { Millis, NodeId, RaftView } from '@oarlock/core'
import type { LeadershipSource } from '@oarlock/runtime'
import type { LeaderInfo } from 'oarlock'
import {
  type Announcement,
  Autopilot,
  type ClusterIdentity,
  Discovery,
  decodeAnnouncement,
  encodeAnnouncement,
  RaftNode,
  type Registry,
} from '../cluster/index.ts'
import { Attempts } from './attempts.ts'
import { LeaseRenewal } from './lease-renewal.ts'
import type { ElectionSettings } from './options.ts'
import type { BrokerConnection, Bus } from './ports.ts'
import { Ticker } from './ticker.ts'

/** Beats that a leader may be late before it is asked for. */
const LATE_AFTER = 1.5

export interface ParticipationInit {
  readonly settings: ElectionSettings
  readonly connection: BrokerConnection
  readonly bus: Bus
  readonly registry: Registry
  /** Role, leader, term, lease or cluster may be others. */
  readonly changed: () => void
  /** The core cannot go on. */
  readonly failed: (cause: unknown) => void
  /** A member that said it leaves is out. */
  readonly left: (member: NodeId) => void
}

export class Participation {
  readonly #init: ParticipationInit
  readonly #settings: ElectionSettings
  readonly #renewal: LeaseRenewal
  readonly #autopilot: Autopilot
  readonly #discovery: Discovery
  readonly #ticker: Ticker
  readonly #attempts: Attempts
  readonly #stops: (() => void)[] = []
  #node: RaftNode | null = null
  /** It founds its cluster, and is the first to stand. */
  #stands = false
  /** It goes: it takes no further part in what comes next. */
  #leaves = false
  #stopped = false
  #beats = 0
  /** Since when no leader is heard while Redis is there; null: one is, or Redis is not. */
  #leaderlessSince: Millis | null = null
  /** The membership that the autopilot has seen. */
  #attended = { index: -1, term: -1 }
  #announcedAt: Millis = Number.NEGATIVE_INFINITY

  constructor(init: ParticipationInit) {
    const { settings, bus, registry } = init
    this.#init = init
    this.#settings = settings
    this.#renewal = new LeaseRenewal({ settings, registry, node: () => this.#node })
    this.#attempts = new Attempts(this.#self, settings.logger)
    this.#ticker = new Ticker(settings.clock, this.#beat, (missed) => this.#onBeat(missed))
    this.#autopilot = new Autopilot({
      forgetAfter: settings.forgetAfter,
      change: (change) => {
        settings.logger.info({ id: this.#self, changes: change.changes }, 'the membership changes')
        this.#node?.reconfigure(change)
      },
      left: (member) => this.#announce({ type: 'left', member }),
    })
    this.#discovery = new Discovery({
      settings,
      registry,
      channelOf: (id) => bus.channelOf(id),
      position: () => ({
        own: this.cluster,
        view: this.view(),
        leaderlessFor: this.#leaderlessSince === null ? null : this.#now - this.#leaderlessSince,
      }),
      join: (cluster, asClaimer) => this.#join(cluster, asClaimer),
    })
  }

  start(): void {
    const { bus, connection } = this.#init
    this.#stops.push(
      bus.onAnnouncement((from, body) => {
        const announcement = decodeAnnouncement(body)
        if (announcement !== null && from !== this.#self) this.#hear(from, announcement)
      }),
      connection.onChange(() => {
        this.#leaderlessSince = null
        this.#ticker.beatNow()
      }),
    )
    this.#ticker.beatNow()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#ticker.stop()
    for (const stop of this.#stops.splice(0)) stop()
    await this.#node?.stop()
  }

  /** For leaderships. */
  get source(): LeadershipSource {
    return this.#renewal.source
  }

  get #self(): NodeId {
    return this.#settings.config.id
  }

  get #now(): Millis {
    return this.#settings.clock.now()
  }

  get #beat(): Millis {
    return this.#settings.config.heartbeatInterval
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

  /** The leader that this instance hears, or is; once it has a fence. */
  get leader(): LeaderInfo | null {
    const node = this.#node
    if (node === null) return null
    const { leader } = node.raft
    const fence = this.#renewal.fenceOf(node)
    return leader === null || fence === null || !this.#hears(node, leader) ? null : { id: leader, fence }
  }

  /** A leadership is over: it must not come back under the same fence. */
  stepDown(): void {
    this.#node?.stepDown()
  }

  transfer(to: NodeId | null): void {
    this.#node?.driver.step({ type: 'transfer', to })
  }

  /** Says that this instance leaves; a leader sees to it that there is somebody to hand over to. */
  leave(): void {
    this.#leaves = true
    this.#autopilot.wantsToLeave(this.#self)
    this.#announce({ type: 'leaving' })
    const view = this.view()
    if (view !== null) this.#autopilot.run(view)
  }

  isLeaving(id: NodeId): boolean {
    return this.#autopilot.isLeaving(id)
  }

  /** Nobody is left who stays: whoever comes next need not wait, and those who leave need not either. */
  async endCluster(): Promise<void> {
    const { cluster, members } = this
    if (cluster === null) return
    await this.#attempts.attempt(() => this.#init.registry.end(cluster))
    for (const member of members) if (member !== this.#self) this.#announce({ type: 'left', member })
  }

  // The beat.

  #onBeat(missed: boolean): void {
    // Whoever was stopped does not know who was there meanwhile.
    if (missed) this.#leaderlessSince = null
    this.#beats++
    if (this.#init.connection.isUp) {
      const node = this.#node
      if (node?.raft.role === 'leader') this.#lead(node)
      else this.#follow(node)
    }
    this.#init.changed()
  }

  #lead(node: RaftNode): void {
    this.#leaderlessSince = null
    void this.#askLeave(node)
    this.#autopilot.run(node.view())
    if (this.#now - this.#announcedAt > this.#settings.config.electionTimeout) this.#announceCluster(node)
  }

  #follow(node: RaftNode | null): void {
    const leader = node?.raft.leader ?? null
    if (node !== null && leader !== null && this.#hears(node, leader)) {
      this.#leaderlessSince = null
      if (node.silentFor(leader) > LATE_AFTER * this.#beat) void this.#askFor(node, leader)
      // Its fence is announced to whoever lacks it.
      if (this.#renewal.fenceOf(node) === null && !this.#leaves) this.#announce({ type: 'here' })
      return
    }
    this.#leaderlessSince ??= this.#now
    if (this.#leaves) return
    if (this.#beats % 2 === 0) this.#announce({ type: 'here' })
    if (this.#stands && node !== null) node.campaign()
    void this.#attempts.attempt(() => this.#seek())
  }

  async #seek(): Promise<void> {
    if (!this.#leaves) await this.#discovery.step()
  }

  #hears(node: RaftNode, leader: NodeId): boolean {
    return leader === this.#self || node.silentFor(leader) < this.#settings.config.electionTimeout
  }

  /** It is late: is it there at all? */
  async #askFor(node: RaftNode, leader: NodeId): Promise<void> {
    await this.#attempts.attempt(async () => {
      if ((await this.#init.bus.subscribers(leader)) === 0 && node === this.#node)
        node.driver.unreachable(leader)
    })
  }

  async #askLeave(node: RaftNode): Promise<void> {
    await this.#attempts.attempt(async () => {
      const leave = await this.#renewal.askLeave(node)
      if (this.#stopped || leave.type === 'none') return
      if (leave.type === 'over') return this.#seek()
      if (leave.begins) this.#announceCluster(node)
      this.#init.changed()
    })
  }

  async #join(cluster: ClusterIdentity, asClaimer: boolean): Promise<void> {
    const before = this.#node
    this.#node = null
    await before?.stop()
    if (this.#stopped) return
    this.#renewal.moves()
    const { config, clock, random } = this.#settings
    const node: RaftNode = await RaftNode.start({
      cluster,
      config,
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
    this.#stands = asClaimer
    this.#leaderlessSince = this.#now
    if (asClaimer) this.#announceCluster(node)
    else this.#announce({ type: 'here' })
    this.#init.changed()
  }

  #turnEnded(node: RaftNode): void {
    if (node !== this.#node) return
    if (node.raft.role === 'leader') {
      this.#stands = false
      // Whoever is elected needs the record's leave at once.
      if (this.#renewal.fenceOf(node) === null) void this.#askLeave(node)
      this.#attendIfChanged(node)
    }
    this.#init.changed()
  }

  /**
   * At once after a change; otherwise at the next beat, for what was refused in this turn would be asked for
   * again, for ever.
   */
  #attendIfChanged(node: RaftNode): void {
    const { configurationIndex, term } = node.view()
    if (configurationIndex === this.#attended.index && term === this.#attended.term) return
    this.#attended = { index: configurationIndex, term }
    this.#autopilot.run(node.view())
  }

  // What is said to all.

  #hear(from: NodeId, announcement: Announcement): void {
    const node = this.#node
    const leads = node?.raft.role === 'leader'
    switch (announcement.type) {
      case 'here':
        this.#discovery.seen(from, this.#now)
        this.#autopilot.wantsToJoin(from, this.#now)
        if (!leads) return
        this.#announceCluster(node)
        return this.#autopilot.run(node.view())
      case 'leaving':
        this.#discovery.left(from)
        this.#autopilot.wantsToLeave(from)
        if (leads) this.#autopilot.run(node.view())
        return
      case 'left':
        return this.#init.left(announcement.member)
      case 'cluster':
        return this.#hearOf(from, announcement)
      default:
        return announcement satisfies never
    }
  }

  #hearOf(from: NodeId, { cluster, leadership }: Extract<Announcement, { type: 'cluster' }>): void {
    const node = this.#node
    if (cluster.id === node?.cluster.id) {
      if (leadership === null) return
      this.#renewal.hear(node, from, leadership.term, leadership.fence)
      return this.#init.changed()
    }
    // The record counts; this is only sooner.
    if (node !== null && cluster.generation <= node.cluster.generation) return
    this.#leaderlessSince ??= this.#now
    void this.#attempts.attempt(() => this.#seek())
  }

  #announceCluster(node: RaftNode): void {
    const { cluster, raft } = node
    const { role, term } = raft
    this.#announcedAt = this.#now
    const fence = role === 'leader' ? this.#renewal.fenceOf(node) : null
    this.#announce({ type: 'cluster', cluster, leadership: fence === null ? null : { term, fence } })
  }

  #announce(announcement: Announcement): void {
    void this.#attempts.attempt(() => this.#init.bus.announce(encodeAnnouncement(announcement)))
  }
}

// An instance attends: it follows the leader of its cluster, or leads, and goes on with the next cluster when there is a new generation. One
// beat a heartbeat interval; Raft's own timers are the participant's.
import type { Millis, NodeId, RaftView } from '@oarlock/core'
import type { LeaderInfo } from 'oarlock'
import type { ReignSource } from 'oarlock/runtime'
import { type Announcement, decodeAnnouncement, encodeAnnouncement } from './announcement.ts'
import { Attempts } from './attempts.ts'
import { ClusterSearch } from './cluster-search.ts'
import { Metronome } from './metronome.ts'
import { Office } from './office.ts'
import type { ElectionSettings } from './options.ts'
import { Participant } from './participant.ts'
import type { Bus, Link, Records } from './ports.ts'
import type { ClusterIdentity } from './record.ts'
import { Steward } from './steward.ts'

/** Beats that a leader may be late before it is asked for. */
const LATE_AFTER = 1.5

export interface AttendanceInit {
  readonly settings: ElectionSettings
  readonly link: Link
  readonly bus: Bus
  readonly records: Records
  /** Role, leader, term, lease or cluster may be others. */
  readonly changed: () => void
  /** The core cannot go on. */
  readonly failed: (cause: unknown) => void
  /** A member that said it leaves is out. */
  readonly left: (member: NodeId) => void
}

export class Attendance {
  readonly #init: AttendanceInit
  readonly #settings: ElectionSettings
  readonly #office: Office
  readonly #steward: Steward
  readonly #search: ClusterSearch
  readonly #metronome: Metronome
  readonly #attempts: Attempts
  readonly #stops: (() => void)[] = []
  #participant: Participant | null = null
  /** It founds its cluster, and is the first to stand. */
  #stands = false
  /** It goes: it takes no further part in what comes next. */
  #leaves = false
  #stopped = false
  #beats = 0
  /** Since when no leader is heard while Redis is there; null: one is, or Redis is not. */
  #leaderlessSince: Millis | null = null
  /** The membership that the steward has seen. */
  #attended = { index: -1, term: -1 }
  #announcedAt: Millis = Number.NEGATIVE_INFINITY

  constructor(init: AttendanceInit) {
    const { settings, bus, records } = init
    this.#init = init
    this.#settings = settings
    this.#office = new Office({ settings, records, participant: () => this.#participant })
    this.#attempts = new Attempts(this.#self, settings.logger)
    this.#metronome = new Metronome(settings.clock, this.#beat, (missed) => this.#onBeat(missed))
    this.#steward = new Steward({
      forgetAfter: settings.forgetAfter,
      change: (change) => {
        settings.logger.info({ id: this.#self, changes: change.changes }, 'the membership changes')
        this.#participant?.reconfigure(change)
      },
      left: (member) => this.#announce({ type: 'left', member }),
    })
    this.#search = new ClusterSearch({
      settings,
      bus,
      records,
      searcher: () => ({
        own: this.cluster,
        view: this.view(),
        leaderlessFor: this.#leaderlessSince === null ? null : this.#now - this.#leaderlessSince,
      }),
      join: (cluster, asClaimer) => this.#join(cluster, asClaimer),
    })
  }

  start(): void {
    const { bus, link } = this.#init
    this.#stops.push(
      bus.onAnnouncement((from, body) => {
        const announcement = decodeAnnouncement(body)
        if (announcement !== null && from !== this.#self) this.#hear(from, announcement)
      }),
      link.onChange(() => {
        this.#leaderlessSince = null
        this.#metronome.beatNow()
      }),
    )
    this.#metronome.beatNow()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#metronome.stop()
    for (const stop of this.#stops.splice(0)) stop()
    await this.#participant?.stop()
  }

  /** For leaderships. */
  get source(): ReignSource {
    return this.#office.source
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
    return this.#participant?.cluster ?? null
  }

  view(): RaftView | null {
    return this.#participant?.view() ?? null
  }

  get members(): readonly NodeId[] {
    return this.#participant?.members ?? []
  }

  /** The leader that this instance hears, or is; once it has a fence. */
  get leader(): LeaderInfo | null {
    const participant = this.#participant
    if (participant === null) return null
    const { leader } = participant.raft
    const fence = this.#office.fenceOf(participant)
    return leader === null || fence === null || !this.#hears(participant, leader)
      ? null
      : { id: leader, fence }
  }

  /** A leadership is over: it must not come back under the same fence. */
  stepDown(): void {
    this.#participant?.stepDown()
  }

  transfer(to: NodeId | null): void {
    this.#participant?.driver.transfer(to)
  }

  /** Says that this instance leaves; a leader sees to it that there is somebody to hand over to. */
  leave(): void {
    this.#leaves = true
    this.#steward.leaves(this.#self)
    this.#announce({ type: 'leaving' })
    const view = this.view()
    if (view !== null) this.#steward.attend(view)
  }

  isLeaving(id: NodeId): boolean {
    return this.#steward.isLeaving(id)
  }

  /** Nobody is left who stays: whoever comes next need not wait, and those who leave need not either. */
  async endCluster(): Promise<void> {
    const { cluster, members } = this
    if (cluster === null) return
    await this.#attempts.attempt(() => this.#init.records.end(cluster))
    for (const member of members) if (member !== this.#self) this.#announce({ type: 'left', member })
  }

  // The beat.

  #onBeat(missed: boolean): void {
    // Whoever was stopped does not know who was there meanwhile.
    if (missed) this.#leaderlessSince = null
    this.#beats++
    if (this.#init.link.isUp) {
      const participant = this.#participant
      if (participant?.raft.role === 'leader') this.#lead(participant)
      else this.#follow(participant)
    }
    this.#init.changed()
  }

  #lead(participant: Participant): void {
    this.#leaderlessSince = null
    void this.#askLeave(participant)
    this.#steward.attend(participant.view())
    if (this.#now - this.#announcedAt > this.#settings.config.electionTimeout)
      this.#announceCluster(participant)
  }

  #follow(participant: Participant | null): void {
    const leader = participant?.raft.leader ?? null
    if (participant !== null && leader !== null && this.#hears(participant, leader)) {
      this.#leaderlessSince = null
      if (participant.silence(leader) > LATE_AFTER * this.#beat) void this.#askFor(participant, leader)
      // Its fence is announced to whoever lacks it.
      if (this.#office.fenceOf(participant) === null && !this.#leaves) this.#announce({ type: 'here' })
      return
    }
    this.#leaderlessSince ??= this.#now
    if (this.#leaves) return
    if (this.#beats % 2 === 0) this.#announce({ type: 'here' })
    if (this.#stands && participant !== null) participant.campaign()
    void this.#attempts.attempt(() => this.#seek())
  }

  async #seek(): Promise<void> {
    if (!this.#leaves) await this.#search.step()
  }

  #hears(participant: Participant, leader: NodeId): boolean {
    return leader === this.#self || participant.silence(leader) < this.#settings.config.electionTimeout
  }

  /** It is late: is it there at all? */
  async #askFor(participant: Participant, leader: NodeId): Promise<void> {
    await this.#attempts.attempt(async () => {
      if ((await this.#init.bus.subscribers(leader)) === 0 && participant === this.#participant)
        participant.driver.unreachable(leader)
    })
  }

  async #askLeave(participant: Participant): Promise<void> {
    await this.#attempts.attempt(async () => {
      const leave = await this.#office.askLeave(participant)
      if (this.#stopped || leave.type === 'none') return
      if (leave.type === 'over') return this.#seek()
      if (leave.begins) this.#announceCluster(participant)
      this.#init.changed()
    })
  }

  async #join(cluster: ClusterIdentity, asClaimer: boolean): Promise<void> {
    const before = this.#participant
    this.#participant = null
    await before?.stop()
    if (this.#stopped) return
    this.#office.moves()
    const { config, clock, random } = this.#settings
    const participant: Participant = await Participant.start({
      cluster,
      config,
      transport: this.#init.bus.transport(cluster.id),
      clock,
      random,
      listener: {
        settled: () => this.#settled(participant),
        failed: (cause) => this.#init.failed(cause),
      },
    })
    if (this.#stopped) return participant.stop()
    this.#participant = participant
    this.#stands = asClaimer
    this.#leaderlessSince = this.#now
    if (asClaimer) this.#announceCluster(participant)
    else this.#announce({ type: 'here' })
    this.#init.changed()
  }

  #settled(participant: Participant): void {
    if (participant !== this.#participant) return
    if (participant.raft.role === 'leader') {
      this.#stands = false
      // Whoever is elected needs the record's leave at once.
      if (this.#office.fenceOf(participant) === null) void this.#askLeave(participant)
      this.#attendIfChanged(participant)
    }
    this.#init.changed()
  }

  /** At once after a change; otherwise at the next beat, for what was refused in this turn would be asked for again, for ever. */
  #attendIfChanged(participant: Participant): void {
    const { configurationIndex, term } = participant.view()
    if (configurationIndex === this.#attended.index && term === this.#attended.term) return
    this.#attended = { index: configurationIndex, term }
    this.#steward.attend(participant.view())
  }

  // What is said to all.

  #hear(from: NodeId, announcement: Announcement): void {
    const participant = this.#participant
    const leads = participant?.raft.role === 'leader'
    switch (announcement.type) {
      case 'here':
        this.#search.sees(from, this.#now)
        this.#steward.asks(from, this.#now)
        if (!leads) return
        this.#announceCluster(participant)
        return this.#steward.attend(participant.view())
      case 'leaving':
        this.#search.loses(from)
        this.#steward.leaves(from)
        if (leads) this.#steward.attend(participant.view())
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
    const participant = this.#participant
    if (cluster.id === participant?.cluster.id) {
      if (leadership === null) return
      this.#office.hear(participant, from, leadership.term, leadership.fence)
      return this.#init.changed()
    }
    // The record counts; this is only sooner.
    if (participant !== null && cluster.generation <= participant.cluster.generation) return
    this.#leaderlessSince ??= this.#now
    void this.#attempts.attempt(() => this.#seek())
  }

  #announceCluster(participant: Participant): void {
    const { cluster, raft } = participant
    const { role, term } = raft
    this.#announcedAt = this.#now
    const fence = role === 'leader' ? this.#office.fenceOf(participant) : null
    this.#announce({ type: 'cluster', cluster, leadership: fence === null ? null : { term, fence } })
  }

  #announce(announcement: Announcement): void {
    void this.#attempts.attempt(() => this.#init.bus.announce(encodeAnnouncement(announcement)))
  }
}

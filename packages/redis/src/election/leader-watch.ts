// Watches whether this instance hears its leader. Raft's election timers are in the core; this tells
// discovery how long there has been no leader, and the core that a leader is gone.
import type { Millis, NodeId } from '@oarlock/core'
import type { RaftNode } from '../cluster/index.ts'
import type { ElectionSettings } from './options.ts'
import type { Bus } from './ports.ts'

/** A leader that was silent for this many heartbeat intervals is late. */
const lateAfter = 1.5

export class LeaderWatch {
  readonly #settings: Pick<ElectionSettings, 'clock' | 'config'>
  readonly #bus: Pick<Bus, 'subscribers'>
  #leaderlessSince: Millis | null = null

  constructor(settings: Pick<ElectionSettings, 'clock' | 'config'>, bus: Pick<Bus, 'subscribers'>) {
    this.#settings = settings
    this.#bus = bus
  }

  /** For how long no leader has been heard while Redis was up. Null: a leader is heard. */
  get leaderlessFor(): Millis | null {
    return this.#leaderlessSince === null ? null : this.#settings.clock.now() - this.#leaderlessSince
  }

  /** Time without a leader counts from now at the earliest: one was heard, or none could be heard. */
  reset(): void {
    this.#leaderlessSince = null
  }

  /** No leader is heard now. */
  noLeader(): void {
    this.#leaderlessSince ??= this.#settings.clock.now()
  }

  hears(node: RaftNode, leader: NodeId): boolean {
    const { id, electionTimeout } = this.#settings.config
    return leader === id || node.silentFor(leader) < electionTimeout
  }

  isLate(node: RaftNode, leader: NodeId): boolean {
    return node.silentFor(leader) > lateAfter * this.#settings.config.heartbeatInterval
  }

  /**
   * Tells the core if the leader's channel has no subscriber: then the leader's process is gone. Rejects as
   * the bus does.
   */
  async checkChannel(node: RaftNode, leader: NodeId): Promise<void> {
    if ((await this.#bus.subscribers(leader)) === 0) node.driver.unreachable(leader)
  }
}

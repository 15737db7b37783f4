// An instance that hears no leader looks into the registry, then joins a cluster or claims a new one.
import { randomBytes } from 'node:crypto'
import { type Millis, membersOf, type NodeId, type RaftConfig, type RaftView } from '@oarlock/core'
import type { Clock, EventLogger } from '@oarlock/runtime'
import { nextStep, type Step, type WaitReason } from './bootstrap.ts'
import type { ClusterIdentity, Registry, RegistryView } from './registry.ts'

/** How long to listen before claiming a new cluster, in heartbeat intervals. */
const listenHeartbeats = 2

/** The state of this instance. */
export interface Position {
  /** The cluster that it is in, and the view of its node there. */
  readonly own: ClusterIdentity | null
  readonly view: RaftView | null
  /** For how long it has heard no leader while Redis was up. Null: it hears one. */
  readonly leaderlessFor: Millis | null
}

export interface DiscoverySettings {
  readonly config: Pick<RaftConfig, 'id' | 'heartbeatInterval' | 'electionTimeout'>
  readonly expected: number | null
  readonly generationTimeout: Millis
  readonly clock: Clock
  readonly logger: EventLogger
}

export interface DiscoveryInit {
  readonly settings: DiscoverySettings
  readonly registry: Pick<Registry, 'read' | 'claim'>
  /** The channel to which an instance is subscribed while it runs. */
  readonly channelOf: (id: NodeId) => string
  readonly position: () => Position
  readonly join: (cluster: ClusterIdentity, how: JoinOptions) => Promise<void>
}

export interface JoinOptions {
  /** This instance has claimed the cluster. */
  readonly asClaimer: boolean
  /** For how long a leadership of an earlier cluster may still be held, in ms. */
  readonly lease: Millis
}

/** What an instance waits for that follows no leader. */
export interface Obstacle {
  readonly reason: WaitReason
  /** Why the record is unreadable, as a predicate. Null: it is readable, or there is none. */
  readonly problem: string | null
  /** The instances that follow no leader, this one included. */
  readonly present: readonly NodeId[]
}

export class Discovery {
  readonly #init: DiscoveryInit
  /** Ids of the clusters that this instance has been in. */
  readonly #past = new Set<string>()
  /** When other instances announced last that they follow no leader. */
  readonly #present = new Map<NodeId, Millis>()
  #busy = false
  #obstacle: Obstacle | null = null
  #longestLease: Millis = 0
  /** The lease that was waited for in its own cluster. */
  #ownLease: Millis = 0
  /** The unreadable record that was logged last. */
  #unreadable: string | null = null

  constructor(init: DiscoveryInit) {
    this.#init = init
  }

  /** An instance has announced that it follows no leader. */
  seen(id: NodeId, now: Millis): void {
    this.#present.set(id, now)
  }

  left(id: NodeId): void {
    this.#present.delete(id)
  }

  /**
   * A leader has announced for how long its leadership may be held. The registry knows this too, unless it
   * loses its data.
   */
  heardLease(lease: Millis): void {
    this.#longestLease = Math.max(this.#longestLease, lease)
  }

  /** As of the last step. Null: it took one. */
  get obstacle(): Obstacle | null {
    return this.#obstacle
  }

  /** Reads the registry and acts on it, unless an earlier call is under way. Throws the registry's errors. */
  async step(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      const found = await this.#init.registry.read()
      const position = this.#init.position()
      const step = this.#decide(found, position)
      this.#note(step, found)
      await this.#take(step, found, position)
    } finally {
      this.#busy = false
    }
  }

  #decide(found: RegistryView, { own, view, leaderlessFor }: Position): Step {
    const { config, expected, generationTimeout, clock } = this.#init.settings
    const followers = view === null ? null : votersThatFollow(view)
    if (leaderlessFor === null && followers === null) return { type: 'wait', because: 'listening' }
    const recently = clock.now() - generationTimeout
    for (const [id, at] of this.#present) if (at < recently) this.#present.delete(id)
    return nextStep({
      ...found,
      self: config.id,
      own,
      isMember: view !== null && membersOf(view.configuration).includes(config.id),
      followers,
      past: this.#past,
      leaderlessFor: leaderlessFor ?? 0,
      present: this.#presentNow,
      expected,
      listenFor: listenHeartbeats * config.heartbeatInterval,
      generationTimeout,
      ownTimeout: this.#timeoutAfter(this.#ownLease),
    })
  }

  /** generationTimeout has room for this instance's own election timeout, and not for a longer lease. */
  #timeoutAfter(lease: Millis): Millis {
    const { config, generationTimeout } = this.#init.settings
    return generationTimeout + (lease > config.electionTimeout ? lease : 0)
  }

  get #presentNow(): readonly NodeId[] {
    return [...this.#present.keys(), this.#init.settings.config.id]
  }

  #note(step: Step, { unreadable, version }: RegistryView): void {
    const { logger, config } = this.#init.settings
    this.#obstacle =
      step.type === 'wait'
        ? { reason: step.because, problem: unreadable?.problem ?? null, present: this.#presentNow }
        : null
    if (unreadable === null || this.#unreadable === version) return
    this.#unreadable = version
    const message = `the record of this prefix in Redis ${unreadable.problem}: give all instances of the prefix the same secret and version`
    logger.warn({ event: 'record-not-read', id: config.id, problem: unreadable.problem }, message)
  }

  async #take(step: Step, found: RegistryView, { own, view }: Position): Promise<void> {
    const { record, time, version } = found
    const { registry, channelOf, settings } = this.#init
    if (step.type === 'wait') return
    if (step.type === 'join') return this.#join(step.cluster, { asClaimer: false, lease: found.lease })
    const generation = Math.max(time, (record?.generation ?? 0) + 1, (own?.generation ?? 0) + 1)
    const cluster: ClusterIdentity = {
      id: randomBytes(8).toString('hex'),
      generation,
      founders: step.founders,
    }
    const voters = step.onlyIfVotersAreGone ? (view?.configuration.voters ?? []) : []
    const claim = await registry.claim({
      cluster,
      instead: version,
      voterChannels: voters.map(channelOf),
      timeToLive: this.#timeoutAfter(Math.max(found.lease, this.#longestLease)),
    })
    if (claim.type === 'refused') return
    settings.logger.info(
      { event: 'cluster-founded', id: settings.config.id, cluster },
      'a new cluster is founded',
    )
    await this.#join(cluster, { asClaimer: true, lease: claim.lease })
  }

  /** Never joins the same cluster twice: this instance no longer knows the promises that it made there. */
  async #join(cluster: ClusterIdentity, how: JoinOptions): Promise<void> {
    if (this.#past.has(cluster.id)) return
    this.#past.add(cluster.id)
    this.#ownLease = Math.max(how.lease, this.#longestLease)
    await this.#init.join(cluster, { ...how, lease: this.#ownLease })
  }
}

/** If this instance leads: itself and the voters that answer it. Null: it does not lead. */
function votersThatFollow({
  id: self,
  role,
  configuration,
  progress,
  now,
  electionTimeout,
}: RaftView): readonly NodeId[] | null {
  if (role !== 'leader') return null
  const answers = (id: NodeId): boolean =>
    id === self || now - (progress.get(id)?.answeredSentAt ?? Number.NEGATIVE_INFINITY) < electionTimeout
  return configuration.voters.filter(answers)
}

// An instance that hears no leader looks into the registry, then joins a cluster or claims a new one.
import { randomBytes } from 'node:crypto'
import { type Millis, membersOf, type NodeId, type RaftConfig, type RaftView } from '@oarlock/core'
import type { Clock, Logger } from '@oarlock/runtime'
import { nextStep, type Step } from './bootstrap.ts'
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
  readonly config: Pick<RaftConfig, 'id' | 'heartbeatInterval'>
  readonly expected: number | null
  readonly generationTimeout: Millis
  readonly clock: Clock
  readonly logger: Logger
}

export interface DiscoveryInit {
  readonly settings: DiscoverySettings
  readonly registry: Pick<Registry, 'read' | 'claim'>
  /** The channel to which an instance is subscribed while it runs. */
  readonly channelOf: (id: NodeId) => string
  readonly position: () => Position
  /** `asClaimer`: this instance has claimed it. */
  readonly join: (cluster: ClusterIdentity, asClaimer: boolean) => Promise<void>
}

export class Discovery {
  readonly #init: DiscoveryInit
  /** Ids of the clusters that this instance has been in. */
  readonly #past = new Set<string>()
  /** When other instances announced last that they follow no leader. */
  readonly #present = new Map<NodeId, Millis>()
  #busy = false

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

  /** Reads the registry and acts on it, unless an earlier call is under way. Throws the registry's errors. */
  async step(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      const found = await this.#init.registry.read()
      const position = this.#init.position()
      await this.#take(this.#decide(found, position), found, position)
    } finally {
      this.#busy = false
    }
  }

  #decide(found: RegistryView, { own, view, leaderlessFor }: Position): Step {
    const { config, expected, generationTimeout, clock } = this.#init.settings
    const followers = view === null ? null : votersThatFollow(view)
    if (leaderlessFor === null && followers === null) return { type: 'wait' }
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
      present: [...this.#present.keys(), config.id],
      expected,
      listenFor: listenHeartbeats * config.heartbeatInterval,
      generationTimeout,
    })
  }

  async #take(step: Step, { record, time }: RegistryView, { own, view }: Position): Promise<void> {
    const { registry, channelOf, settings } = this.#init
    if (step.type === 'wait') return
    if (step.type === 'join') return this.#join(step.cluster, false)
    const generation = Math.max(time, (record?.generation ?? 0) + 1, (own?.generation ?? 0) + 1)
    const cluster: ClusterIdentity = {
      id: randomBytes(8).toString('hex'),
      generation,
      founders: step.founders,
    }
    const voters = step.onlyIfVotersAreGone ? (view?.configuration.voters ?? []) : []
    const claimed = await registry.claim({
      cluster,
      instead: record?.id ?? null,
      voterChannels: voters.map(channelOf),
    })
    if (!claimed) return
    settings.logger.info({ id: settings.config.id, cluster }, 'a new cluster is founded')
    await this.#join(cluster, true)
  }

  /** Never joins the same cluster twice: this instance no longer knows the promises that it made there. */
  async #join(cluster: ClusterIdentity, asClaimer: boolean): Promise<void> {
    if (this.#past.has(cluster.id)) return
    this.#past.add(cluster.id)
    await this.#init.join(cluster, asClaimer)
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

// How an instance that hears no leader comes to a cluster: by the record, which it reads, and claims where it may.
import { randomBytes } from 'node:crypto'
import { type Millis, membersOf, type NodeId, type RaftConfig, type RaftView } from '@oarlock/core'
import type { Clock, Logger } from 'oarlock'
import { nextStep, type Step } from './bootstrap.ts'
import type { ClusterIdentity, RecordView, Registry } from './registry.ts'

/** Heartbeats: how long to listen before founding anything. */
const LISTEN_FOR = 2

export interface Searcher {
  /** The cluster that it takes part in, and what it knows there. */
  readonly own: ClusterIdentity | null
  readonly view: RaftView | null
  /** For how long it has heard no leader, while Redis was there; null: it does hear one. */
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
  /** Where an instance listens, if it is there. */
  readonly channelOf: (id: NodeId) => string
  readonly searcher: () => Searcher
  /** Take part in that one. */
  readonly join: (cluster: ClusterIdentity, asClaimer: boolean) => Promise<void>
}

export class Discovery {
  readonly #init: DiscoveryInit
  /** Ids of the clusters that it took part in. */
  readonly #past = new Set<string>()
  /** When others said last that they follow nobody. */
  readonly #present = new Map<NodeId, Millis>()
  #busy = false

  constructor(init: DiscoveryInit) {
    this.#init = init
  }

  /** An instance is there, and follows nobody. */
  sees(id: NodeId, now: Millis): void {
    this.#present.set(id, now)
  }

  loses(id: NodeId): void {
    this.#present.delete(id)
  }

  /** Reads the record, and does what is to be done. Throws what the records throw; does nothing while it is at it already. */
  async step(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      const seen = await this.#init.registry.read()
      const searcher = this.#init.searcher()
      await this.#take(this.#decide(seen, searcher), seen, searcher)
    } finally {
      this.#busy = false
    }
  }

  #decide(seen: RecordView, { own, view, leaderlessFor }: Searcher): Step {
    const { config, expected, generationTimeout, clock } = this.#init.settings
    const electorate = view === null ? null : electorateOf(view)
    if (leaderlessFor === null && electorate === null) return { type: 'wait' }
    const recently = clock.now() - generationTimeout
    for (const [id, at] of this.#present) if (at < recently) this.#present.delete(id)
    return nextStep({
      ...seen,
      self: config.id,
      own,
      isMember: view !== null && membersOf(view.configuration).includes(config.id),
      electorate,
      left: this.#past,
      leaderlessFor: leaderlessFor ?? 0,
      present: [...this.#present.keys(), config.id],
      expected,
      listenFor: LISTEN_FOR * config.heartbeatInterval,
      generationTimeout,
    })
  }

  async #take(step: Step, { record, time }: RecordView, { own, view }: Searcher): Promise<void> {
    const { registry, channelOf, settings } = this.#init
    if (step.type === 'wait') return
    if (step.type === 'join') return this.#join(step.cluster, false)
    const generation = Math.max(time, (record?.generation ?? 0) + 1, (own?.generation ?? 0) + 1)
    const cluster: ClusterIdentity = {
      id: randomBytes(8).toString('hex'),
      generation,
      founders: step.founders,
    }
    const voters = step.ifVotersAreGone ? (view?.configuration.voters ?? []) : []
    const claimed = await registry.claim({
      cluster,
      instead: record?.id ?? null,
      voterChannels: voters.map(channelOf),
    })
    if (!claimed) return
    settings.logger.info({ id: settings.config.id, cluster }, 'founds a cluster')
    await this.#join(cluster, true)
  }

  /** Never twice the same: what it promised there is forgotten. */
  async #join(cluster: ClusterIdentity, asClaimer: boolean): Promise<void> {
    if (this.#past.has(cluster.id)) return
    this.#past.add(cluster.id)
    await this.#init.join(cluster, asClaimer)
  }
}

/** The voters that this instance leads, as far as they answer it; null: it does not lead. */
function electorateOf({
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

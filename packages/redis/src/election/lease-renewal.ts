// A leader renews the record of its cluster with every tick, and gets its fence with the first renewal of a
// leadership (ARCHITECTURE.md, "Why there are never two leaders").
import type { Millis, NodeId } from '@oarlock/core'
import type { LeadershipSource } from '@oarlock/runtime'
import { RateLimitedLog } from 'oarlock/wire'
import type { RaftNode, Registry } from '../cluster/index.ts'
import { sourceOf } from './leadership-source.ts'
import type { ElectionSettings } from './options.ts'
import { RegistryLease } from './registry-lease.ts'

export interface LeaseRenewalInit {
  readonly settings: ElectionSettings
  readonly registry: Pick<Registry, 'renew'>
  /** The current node. Null: this instance is in no cluster. */
  readonly node: () => RaftNode | null
}

export type LeaseRenewalOutcome =
  /** `begins`: this renewal gave a leadership its fence. */
  | { readonly type: 'renewed'; readonly begins: boolean }
  /** The cluster is over. */
  | { readonly type: 'over' }
  /** Another renewal is under way, or the instance has changed its cluster meanwhile. */
  | { readonly type: 'skipped' }

const ends = {
  lapsed: 'its record in Redis was not renewed in time',
  superseded: 'the record in Redis names another cluster',
}

export class LeaseRenewal {
  /** The state of the current leadership, for the LeadershipTracker. */
  readonly source: LeadershipSource
  readonly #init: LeaseRenewalInit
  readonly #lease: RegistryLease
  readonly #log: RateLimitedLog
  #isRenewing = false
  /** The cluster whose end was logged. */
  #over: RaftNode | null = null

  constructor(init: LeaseRenewalInit) {
    this.#init = init
    this.#log = new RateLimitedLog(init.settings.logger)
    this.#lease = new RegistryLease(init.settings.config)
    this.source = sourceOf(() => init.node()?.raft ?? null, this.#lease)
  }

  /** The fence of the leadership in this node's term. Null: it is not known here. */
  fenceOf({ raft: { term } }: RaftNode): number | null {
    return this.#lease.fenceOf(term)
  }

  /** The leader has announced its fence. */
  learnFence({ raft }: RaftNode, leader: NodeId, term: number, fence: number): void {
    if (term === raft.term && leader === raft.leader) this.#lease.setFence(raft.term, fence)
  }

  /** Until when the registry lets a leadership be held. */
  get registryDeadline(): Millis {
    return this.#lease.deadline
  }

  /** This instance joins another cluster. */
  reset(): void {
    this.#lease.reset()
  }

  /** Throws the registry's errors. */
  async renew(node: RaftNode): Promise<LeaseRenewalOutcome> {
    if (this.#isRenewing) return { type: 'skipped' }
    this.#isRenewing = true
    try {
      return await this.#renew(node)
    } finally {
      this.#isRenewing = false
    }
  }

  async #renew(node: RaftNode): Promise<LeaseRenewalOutcome> {
    const { settings, registry } = this.#init
    const { term } = node.raft
    const needsFence = this.#lease.fenceOf(term) === null
    const sentAt = settings.clock.now()
    const { id, electionTimeout } = settings.config
    const options = { withFence: needsFence, term, lease: electionTimeout }
    const renewal = await registry.renew(node.cluster, options)
    if (node !== this.#init.node()) return { type: 'skipped' }
    if (renewal.type !== 'renewed') {
      const text = `this generation is over: ${ends[renewal.type]}`
      if (this.#over !== node)
        this.#log.warn(text, { event: 'generation-over', id, generation: node.cluster.generation }, text)
      this.#over = node
      return { type: 'over' }
    }
    this.#lease.renewed(sentAt)
    const begins = needsFence && node.raft.role === 'leader' && node.raft.term === term
    if (begins) this.#lease.setFence(term, renewal.fence)
    return { type: 'renewed', begins }
  }
}

// A leader's leave to lead: asked of the record with every beat, and at first for the fence (ARCHITECTURE.md,
// "Why there are never two leaders").
import type { LeadershipSource } from '@oarlock/runtime'
import type { LeaderInfo } from 'oarlock'
import type { RaftNode, Registry } from '../cluster/index.ts'
import { sourceOf } from './leadership-source.ts'
import type { ElectionSettings } from './options.ts'
import { RegistryLease } from './registry-lease.ts'

export interface LeaseRenewalInit {
  readonly settings: ElectionSettings
  readonly registry: Pick<Registry, 'renew'>
  /** As it is now; null: it takes part in no cluster. */
  readonly node: () => RaftNode | null
}

export type Leave =
  /** It leads on. `begins`: a leadership begins, and has a fence. */
  | { readonly type: 'granted'; readonly begins: boolean }
  /** Its cluster is over. */
  | { readonly type: 'over' }
  /** Somebody asks already, or the cluster is another one meanwhile. */
  | { readonly type: 'none' }

export class LeaseRenewal {
  /** For leaderships. */
  readonly source: LeadershipSource
  readonly #init: LeaseRenewalInit
  readonly #lease: RegistryLease
  #asking = false

  constructor(init: LeaseRenewalInit) {
    this.#init = init
    this.#lease = new RegistryLease(init.settings.config)
    this.source = sourceOf(() => init.node()?.raft ?? null, this.#lease)
  }

  /** The fence of the leadership in this node's term, if it is known here. */
  fenceOf({ raft: { term } }: RaftNode): number | null {
    return this.#lease.fenceOf(term)
  }

  /** The leader said under which fence it leads. */
  hear({ raft }: RaftNode, leader: LeaderInfo['id'], term: number, fence: number): void {
    if (term === raft.term && leader === raft.leader) this.#lease.begins(raft.term, fence)
  }

  /** It takes part in another cluster now. */
  moves(): void {
    this.#lease.ends()
  }

  /** Throws what the registry throw. */
  async askLeave(node: RaftNode): Promise<Leave> {
    if (this.#asking) return { type: 'none' }
    this.#asking = true
    try {
      return await this.#ask(node)
    } finally {
      this.#asking = false
    }
  }

  async #ask(node: RaftNode): Promise<Leave> {
    const { settings, registry } = this.#init
    const { term } = node.raft
    const isFirst = this.#lease.fenceOf(term) === null
    const sentAt = settings.clock.now()
    const renewal = await registry.renew(node.cluster, isFirst)
    if (node !== this.#init.node()) return { type: 'none' }
    if (renewal.type !== 'renewed') {
      const { id } = settings.config
      settings.logger.warn({ id, cluster: node.cluster, ...renewal }, 'this generation is over')
      return { type: 'over' }
    }
    this.#lease.renewed(sentAt)
    const begins = isFirst && node.raft.role === 'leader' && node.raft.term === term
    if (begins) this.#lease.begins(term, renewal.fence)
    return { type: 'granted', begins }
  }
}

// A leader's leave to lead: asked of the record with every beat, and at first for the fence (ARCHITECTURE.md, "Why there are never two leaders").
import type { LeaderInfo } from 'oarlock'
import type { ReignSource } from 'oarlock/runtime'
import type { ElectionSettings } from './options.ts'
import type { Participant } from './participant.ts'
import type { Records } from './ports.ts'
import { sourceOf } from './reign-source.ts'
import { Tenure } from './tenure.ts'

export interface OfficeInit {
  readonly settings: ElectionSettings
  readonly records: Pick<Records, 'renew'>
  /** As it is now; null: it takes part in no cluster. */
  readonly participant: () => Participant | null
}

export type Leave =
  /** It leads on. `begins`: a leadership begins, and has a fence. */
  | { readonly type: 'granted'; readonly begins: boolean }
  /** Its cluster is over. */
  | { readonly type: 'over' }
  /** Somebody asks already, or the cluster is another one meanwhile. */
  | { readonly type: 'none' }

export class Office {
  /** For leaderships. */
  readonly source: ReignSource
  readonly #init: OfficeInit
  readonly #tenure: Tenure
  #asking = false

  constructor(init: OfficeInit) {
    this.#init = init
    this.#tenure = new Tenure(init.settings.config)
    this.source = sourceOf(() => init.participant()?.raft ?? null, this.#tenure)
  }

  /** The fence of the leadership in this participant's term, if it is known here. */
  fenceOf({ raft: { term } }: Participant): number | null {
    return this.#tenure.fenceOf(term)
  }

  /** The leader said under which fence it leads. */
  hear({ raft }: Participant, leader: LeaderInfo['id'], term: number, fence: number): void {
    if (term === raft.term && leader === raft.leader) this.#tenure.begins(raft.term, fence)
  }

  /** It takes part in another cluster now. */
  moves(): void {
    this.#tenure.ends()
  }

  /** Throws what the records throw. */
  async askLeave(participant: Participant): Promise<Leave> {
    if (this.#asking) return { type: 'none' }
    this.#asking = true
    try {
      return await this.#ask(participant)
    } finally {
      this.#asking = false
    }
  }

  async #ask(participant: Participant): Promise<Leave> {
    const { settings, records } = this.#init
    const { term } = participant.raft
    const isFirst = this.#tenure.fenceOf(term) === null
    const sentAt = settings.clock.now()
    const renewal = await records.renew(participant.cluster, isFirst)
    if (participant !== this.#init.participant()) return { type: 'none' }
    if (renewal.type !== 'renewed') {
      const { id } = settings.config
      settings.logger.warn({ id, cluster: participant.cluster, ...renewal }, 'this generation is over')
      return { type: 'over' }
    }
    this.#tenure.renewed(sentAt)
    const begins = isFirst && participant.raft.role === 'leader' && participant.raft.term === term
    if (begins) this.#tenure.begins(term, renewal.fence)
    return { type: 'granted', begins }
  }
}

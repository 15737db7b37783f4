// WITNESS: a witness has no state, so it holds no lease and offers no snapshot; and it keeps of the log what any voter may still need
// of it (thesis §11.7.2, election/witness.ts of the core).
// Kills S11. It fires as well where a witness offers what it has not.
import type { Effects, NodeId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class WitnessesServeNothing implements Watcher {
  readonly #witnesses: ReadonlySet<NodeId>
  readonly #voters: readonly SimNode[]
  /** What a witness was given begins where it begins: those entries it never had. */
  readonly #given: Map<NodeId, number> = new Map()

  /** `voters`: the cluster's, for good. */
  constructor(witnesses: ReadonlySet<NodeId>, voters: readonly SimNode[]) {
    this.#witnesses = witnesses
    this.#voters = voters
  }

  taken({ id, raft, log }: SimNode, { send, persist }: Effects): void {
    if (!this.#witnesses.has(id)) return
    if (persist?.snapshot) this.#given.set(id, persist.snapshot.index)
    if (raft.leaseDeadline > Number.NEGATIVE_INFINITY)
      throw new Violation('WITNESS', `${id} is a witness and has a lease until ${raft.leaseDeadline}`)
    const offer = send.find(({ message }) => message.type === 'snapshot')
    if (offer !== undefined)
      throw new Violation('WITNESS', `${id} is a witness and offers a snapshot to ${offer.to}`)
    if (log.start.index <= (this.#given.get(id) ?? 0)) return
    const behind = this.#voters.find(({ disk }) => disk.durableLog.lastIndex < log.start.index)
    if (behind !== undefined)
      throw new Violation(
        'WITNESS',
        `${id} is a witness and begins after ${log.start.index}; ${behind.id} has no more than ${behind.disk.durableLog.lastIndex}`,
      )
  }
}

// WITNESS: a witness has no state, so it holds no lease and offers no snapshot, and it keeps the log that any
// voter may still need (thesis §11.7.2, node/witness.ts of the core).
// Kills S11. It also fires where a witness offers a snapshot that it does not have.
import type { Effects, NodeId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class WitnessesServeNothing implements Watcher {
  readonly #witnesses: ReadonlySet<NodeId>
  readonly #voters: readonly SimNode[]
  /** The start of each witness's log: it never had the entries before. */
  readonly #given: Map<NodeId, number> = new Map()

  /** `voters`: the cluster's voters, which do not change. */
  constructor(witnesses: ReadonlySet<NodeId>, voters: readonly SimNode[]) {
    this.#witnesses = witnesses
    this.#voters = voters
  }

  taken({ id, raft, log }: SimNode, { send, persist }: Effects): void {
    if (!this.#witnesses.has(id)) return
    if (persist?.snapshot) this.#given.set(id, persist.snapshot.index)
    if (raft.leaseDeadline > Number.NEGATIVE_INFINITY)
      throw new Violation('WITNESS', `${id} is a witness but has a lease until ${raft.leaseDeadline}`)
    const offer = send.find(({ message }) => message.type === 'snapshot')
    if (offer !== undefined)
      throw new Violation('WITNESS', `${id} is a witness but offers a snapshot to ${offer.to}`)
    if (log.start.index <= (this.#given.get(id) ?? 0)) return
    const behind = this.#voters.find(({ disk }) => disk.durableLog.lastIndex < log.start.index)
    if (behind !== undefined)
      throw new Violation(
        'WITNESS',
        `${id} is a witness whose log starts after ${log.start.index}, but ${behind.id} has only entries up to ${behind.disk.durableLog.lastIndex}`,
      )
  }
}

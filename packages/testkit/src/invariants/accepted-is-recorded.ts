// TWIN: a member takes part, and carries messages of a peer, only after it has recorded on disk what it knows
// (ARCHITECTURE.md, identities). Otherwise a crash makes it forget, and it may accept another process under the
// name of that peer.
// Kills I7, I9.
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class AcceptedIsRecorded implements Watcher {
  /** Whether the cluster is founded in this run. Otherwise members of a known term need no record. */
  readonly #founding: boolean

  constructor(founding: boolean) {
    this.#founding = founding
  }

  founded({ id, founded }: SimNode): void {
    if (this.#founding && !founded)
      throw new Violation('TWIN', `${id} takes part, but a crash now would leave no trace of that`)
  }

  accepted(node: SimNode, peer: SimNode): void {
    this.#check(node, peer)
    this.#check(peer, node)
  }

  #check({ id, disk }: SimNode, peer: SimNode): void {
    const { incarnation, tokens } = peer.disk.identity
    const known = disk.identity.record.peers.get(peer.id)
    if (known?.incarnation === incarnation && known.start >= tokens.length) return
    throw new Violation('TWIN', `${id} has accepted ${peer.id}, but a crash now would leave no trace of that`)
  }
}

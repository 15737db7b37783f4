// TWIN: of the directories and processes that have had one name, one line takes part (ARCHITECTURE.md,
// identities): no two incarnations of a member are founded, unless a committed change has taken the second one
// in, and no member accepts a directory that lacks a start which that member has seen. A wiped member, a second
// process and a restored copy have forgotten what the member promised, and would vote or acknowledge again.
// Kills I1, I3, I5, M39.
import type { NodeId } from '@oarlock/core'
import type { IdentityFile } from '../hardware/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'

export class OneIncarnation implements Watcher {
  readonly #committed: CommittedLog
  /** The incarnation of each member that takes part. */
  readonly #founded: Map<NodeId, string> = new Map()
  /** By directory: the last start of each peer that its member has accepted. A copy has seen nothing. */
  readonly #seen: Map<IdentityFile, Map<string, string>> = new Map()

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  /** The incarnation under which this member has taken part. */
  of(id: NodeId): string | undefined {
    return this.#founded.get(id)
  }

  founded({ id, disk }: SimNode): void {
    const { incarnation } = disk.identity
    const other = this.#founded.get(id)
    const wasTakenIn = this.#committed.configurations.some(
      ({ table }) => table.members.get(id)?.incarnation === incarnation,
    )
    if (other !== undefined && other !== incarnation && !wasTakenIn)
      throw new Violation('TWIN', `${id} takes part as ${incarnation}, and has taken part as ${other}`)
    this.#founded.set(id, incarnation)
  }

  accepted(node: SimNode, peer: SimNode): void {
    this.#saw(node, peer)
    this.#saw(peer, node)
  }

  #saw({ id, disk }: SimNode, peer: SimNode): void {
    const { tokens, incarnation } = peer.disk.identity
    const starts = this.#seen.get(disk.identity) ?? new Map<string, string>()
    this.#seen.set(disk.identity, starts)
    const seen = starts.get(`${peer.id} ${incarnation}`)
    if (seen !== undefined && !tokens.includes(seen))
      throw new Violation(
        'TWIN',
        `${id} accepts a directory of ${peer.id} that lacks a start which ${id} has seen`,
      )
    starts.set(`${peer.id} ${incarnation}`, tokens.at(-1)!)
  }
}

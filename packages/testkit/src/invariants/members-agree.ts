// MEMBERS: every member's table of members is the one that the committed changes make (ARCHITECTURE.md, members),
// after replays, snapshots and restarts, and it names those whom the core counts.
// Kills M29, M35, M43.
import type { Event } from '@oarlock/core'
import { encodeTable, type TableState } from '@oarlock/runtime'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'

const textOf = (table: TableState): string => new TextDecoder().decode(encodeTable(table))

export class MembersAgree implements Watcher {
  readonly #committed: CommittedLog
  /** The last table of each node that was found right. */
  readonly #seen: WeakMap<SimNode, TableState> = new WeakMap()

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  stepped(node: SimNode, event: Event): void {
    if (event.type === 'applied') this.#compare(node)
  }

  restored(node: SimNode): void {
    this.#compare(node)
  }

  #compare(node: SimNode): void {
    const { id, config, replica, raft } = node
    const { table } = replica.members
    // The snapshots of a witness have no content, so it forgets all but the configuration.
    if (config.witness || this.#seen.get(node) === table || replica.snapshotter?.isRestoring === true) return
    this.#seen.set(node, table)
    const expected = this.#committed.tableAt(raft.applied)
    if (table === expected || textOf(table) === textOf(expected)) return
    throw new Violation(
      'MEMBERS',
      `${id} has applied ${raft.applied} and has the table ${textOf(table)}, but the log makes ${textOf(expected)}`,
    )
  }
}

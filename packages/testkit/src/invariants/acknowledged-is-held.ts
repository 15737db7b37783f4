// ACK: a member acknowledges no more of the leader's log than it holds (paper §5.3, figure 2: AppendEntries).
// A leader counts acknowledgements for commits, so one that exceeds what both logs share may commit what is
// on no majority. It reports at once what CI and CQ report after such a commit.
// Kills L2, L5, L6, L23, S13. LAW checks that it is on disk too.
import type { Envelope, Index, NodeId, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'

export class AcknowledgedIsHeld implements Watcher {
  readonly #nodes: ReadonlyMap<NodeId, SimNode>
  readonly #committed: CommittedLog

  constructor(nodes: readonly SimNode[], committed: CommittedLog) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]))
    this.#committed = committed
  }

  leaving({ id, log, raft }: SimNode, { to, message }: Envelope): void {
    if (message.type !== 'appendResponse' || message.rejected || message.index === 0) return
    // The member has heard a later leader in this turn. A quorum elected that one without this
    // acknowledgement, so it commits nothing.
    if (raft.term > message.term) return
    const leader = this.#nodes.get(to)!
    // Only the leader of its term counts the acknowledgement.
    if (!leader.up || leader.raft.role !== 'leader' || leader.raft.term !== message.term) return
    // The member has compacted this entry, so it is committed.
    if (message.index < log.start.index) return
    const held = log.termAt(message.index)
    const asked = this.#termAt(leader, message.index)
    // By log matching, equal terms mean equal logs up to here.
    if (held !== undefined && held === asked) return
    const has = (term: Term | undefined): string =>
      term === undefined ? 'nothing' : `${message.index}@${term}`
    throw new Violation(
      'ACK',
      `${id} acknowledges ${message.index} to ${to} and has ${has(held)} there, but the leader has ${has(asked)}`,
    )
  }

  /** A leader has compacted only committed entries. */
  #termAt({ log }: SimNode, index: Index): Term | undefined {
    return index < log.start.index ? this.#committed.entries[index - 1]?.term : log.termAt(index)
  }
}

// TRANSFER: a leader tells only voters to stand who are sure to win: whose log, as it is on disk, ends where its own does
// (thesis §3.10). Else the cluster is without a leader for an election timeout.
import type { Envelope } from '@oarlock/core'
import { type CommittedLog, place } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { describeConfiguration, isVoter } from '../quorum.ts'
import { Violation } from '../violation.ts'

export class TransfersCanSucceed implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #committed: CommittedLog

  constructor(nodes: readonly SimNode[], committed: CommittedLog) {
    this.#nodes = nodes
    this.#committed = committed
  }

  leaving(node: SimNode, { to, message }: Envelope): void {
    if (message.type !== 'timeoutNow') return
    const configuration = this.#committed.configurationAt(node.raft.applied)
    if (!isVoter(configuration, to))
      throw new Violation(
        'TRANSFER',
        `${node.id} tells ${to} to stand, no voter of ${describeConfiguration(configuration)}`,
      )
    const { durableLog, durableHardState } = this.#nodes.find(({ id }) => id === to)!.disk
    // A later leader may have changed its log since: then this message means nothing to it. And the leader may have been told
    // otherwise, and have appended, in the very turn in which it sent this: what it held before the turn is on its disk.
    const before = Math.min(node.log.lastIndex, node.disk.durableLog.lastIndex)
    if (durableHardState.term > message.term || durableLog.lastIndex >= before) return
    throw new Violation(
      'TRANSFER',
      `${node.id} tells ${to} to stand, whose log ends with ${place(durableLog.last)}; its own ends with ${place(node.log.last)}`,
    )
  }
}

// CQ: committed entries would survive if every machine lost its power now: they are on the disks of a quorum
// of the configuration under which they were committed (paper §5.3, §5.4.2). And no disk ever loses a
// committed entry.
// Kills E9, E10, L2, L5, L12, L21, L25, M17, S3, S5, W1, W3, W9, W13, W17, W19, L23, D7.
import type { Configuration, Index, NodeId } from '@oarlock/core'
import type { Disk } from '../hardware/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isQuorum, sameEntry } from '../model/index.ts'
import { describeConfiguration, place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

export class DurableQuorum implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #places: ReadonlyMap<NodeId, number>
  readonly #committed: CommittedLog
  /** Per node: how far its disk holds the committed log. */
  readonly #holds: number[]
  /** Per node: the disk that this was counted on. */
  readonly #disks: Disk[]
  #checked = 0
  /** The greatest commit index so far, and the configuration by which it was counted. */
  #reached = 0
  #configuration: Configuration

  constructor(nodes: readonly SimNode[], committed: CommittedLog) {
    this.#nodes = nodes
    this.#places = new Map(nodes.map(({ id, place }) => [id, place]))
    this.#committed = committed
    this.#holds = nodes.map(() => 0)
    this.#disks = nodes.map(({ disk }) => disk)
    this.#configuration = committed.configuration
  }

  /** How far the committed log is on this node's disk. */
  held(node: SimNode): number {
    this.#extend(node)
    return this.#holds[node.place]!
  }

  /** The first node to commit is the leader, which counts by the configuration that it has applied then. */
  stepped({ raft }: SimNode): void {
    if (raft.commit <= this.#reached) return
    this.#reached = raft.commit
    this.#configuration = this.#committed.configurationAt(raft.applied)
  }

  taken(): void {
    if (this.#checked === this.#committed.length) return
    for (const other of this.#nodes) this.#extend(other)
    this.#check()
  }

  durable(node: SimNode, from: Index): void {
    const held = this.#holds[node.place]!
    if (from <= held) this.#holds[node.place] = from - 1
    this.#extend(node)
    if (from <= held) this.#check()
  }

  #extend(node: SimNode): void {
    const { entries } = this.#committed
    const disk = node.countedDisk
    // A member that lost its disk was taken in again.
    if (disk !== this.#disks[node.place]) this.#holds[node.place] = 0
    this.#disks[node.place] = disk
    const { durableLog } = disk
    // SMS checks that a snapshot has the state of the committed log.
    let at = Math.max(this.#holds[node.place]!, durableLog.start.index)
    const end = Math.min(entries.length, durableLog.lastIndex)
    while (at < end && sameEntry(entries[at]!, durableLog.at(at + 1)!)) at++
    this.#holds[node.place] = at
  }

  #check(): void {
    const { length, entries } = this.#committed
    if (length === 0) return
    const holds = (id: NodeId): boolean => this.#holds[this.#places.get(id)!]! >= length
    if (!isQuorum(this.#configuration, holds))
      throw new Violation(
        'CQ',
        `${place(entries[length - 1]!)} is committed, but durable only on ${this.#nodes.filter(({ id }) => holds(id)).map(({ id }) => id)} of ${describeConfiguration(this.#configuration)}`,
      )
    this.#checked = length
  }
}

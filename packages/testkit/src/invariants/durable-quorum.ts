// CQ: what is committed would survive if every machine lost its power now: it is on the disks of a quorum.
import { type CommittedLog, place, sameEntry } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'

export class DurableQuorum implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #quorum: number
  readonly #committed: CommittedLog
  /** Per node: its disk holds the committed log up to here. */
  readonly #holds: number[]
  #checked = 0

  constructor(nodes: readonly SimNode[], quorum: number, committed: CommittedLog) {
    this.#nodes = nodes
    this.#quorum = quorum
    this.#committed = committed
    this.#holds = nodes.map(() => 0)
  }

  /** The committed log is on this node's disk up to here. */
  held(node: SimNode): number {
    return this.#holds[node.place]!
  }

  taken(): void {
    if (this.#checked === this.#committed.length) return
    for (const node of this.#nodes) this.#extend(node)
    this.#check()
  }

  durable(node: SimNode, from: number): void {
    const held = this.#holds[node.place]!
    if (from <= held) this.#holds[node.place] = from - 1
    this.#extend(node)
    if (from <= held) this.#check()
  }

  #extend(node: SimNode): void {
    const { entries } = this.#committed
    const { durableLog } = node.disk
    let at = this.#holds[node.place]!
    while (at < entries.length && at < durableLog.length && sameEntry(entries[at]!, durableLog[at]!)) at++
    this.#holds[node.place] = at
  }

  #check(): void {
    const { length, entries } = this.#committed
    if (length === 0) return
    let holders = 0
    for (const held of this.#holds) if (held === length) holders++
    if (holders < this.#quorum)
      throw new Violation(
        'CQ',
        `${place(entries[length - 1]!)} is committed, and durable on ${holders} of ${this.#nodes.length} nodes`,
      )
    this.#checked = length
  }
}

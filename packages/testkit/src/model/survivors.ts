// Which disks may be lost for good without costing more than was ever promised: of every configuration that is in force, or may
// come into force, a majority of the voters must keep theirs. Counted so that it errs on the safe side.
import type { Configuration, Index, MembershipChange, NodeId } from '@oarlock/core'
import type { SimNode } from '../member/index.ts'
import type { CommittedLog } from './committed.ts'
import { expectedConfiguration } from './expected-configuration.ts'
import { isQuorum, isVoter } from './quorum.ts'

/** A change that was asked for, and that may be committed as long as no other one is. */
interface Asked {
  /** The configuration that it was asked of. */
  readonly of: Index
  readonly configuration: Configuration
}

export class Survivors {
  readonly #nodes: ReadonlyMap<NodeId, SimNode>
  readonly #committed: CommittedLog
  #asked: Asked[] = []

  constructor(nodes: readonly SimNode[], committed: CommittedLog) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]))
    this.#committed = committed
  }

  /**
   * May a leader be asked for this change? Not where those who keep their disks would be no majority. What may be asked for is
   * remembered.
   */
  mayChange(configuration: Configuration, of: Index, change: MembershipChange): boolean {
    const next = expectedConfiguration(configuration, change)
    // The core says so itself, and does nothing.
    if (next === null) return true
    if (!this.#bears(next)) return false
    this.#asked.push({ of, configuration: next })
    return true
  }

  /** Only while it runs: then its disk has not been lost before, and it has not been switched off. */
  mayLose(victim: SimNode): boolean {
    if (!victim.up || victim.lost) return false
    const { from, configuration } = this.#committed.configurations.at(-1)!
    this.#asked = this.#asked.filter(({ of }) => of >= from)
    // Configurations take effect when they are applied: a voter that does not know this one yet would count by another.
    for (const node of this.#nodes.values())
      if (isVoter(configuration, node.id) && !node.lost && node.disk.durableCommit < from) return false
    return (
      this.#bears(configuration, victim) &&
      this.#asked.every((asked) => this.#bears(asked.configuration, victim))
    )
  }

  #bears(configuration: Configuration, victim?: SimNode): boolean {
    return isQuorum(configuration, (id) => {
      const node = this.#nodes.get(id)
      return node !== undefined && node !== victim && !node.lost
    })
  }
}

// Which disks may be lost for good without breaking a promise. In every configuration that is in force or may
// come into force, a majority of the voters must keep their disks. The count errs on the safe side.
import type { Configuration, Index, MembershipChange, NodeId } from '@oarlock/core'
import type { SimNode } from '../member/index.ts'
import type { CommittedLog } from './committed.ts'
import { expectedConfiguration } from './expected-configuration.ts'
import { isQuorum, isVoter } from './quorum.ts'

/** A requested change, which may be committed until another one is. */
interface Asked {
  /** The configuration that it is meant to change. */
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
   * Whether a leader may be asked for this change: the members with disks must still be a majority. A change
   * that may be asked for is remembered.
   */
  mayChange(configuration: Configuration, of: Index, change: MembershipChange): boolean {
    const next = expectedConfiguration(configuration, change)
    // The core refuses it.
    if (next === null) return true
    if (!this.#bears(next)) return false
    this.#asked.push({ of, configuration: next })
    return true
  }

  /** Whether this node may lose its disk now. It must be running, so that it is neither lost nor retired. */
  mayLose(victim: SimNode): boolean {
    if (!victim.up || victim.lost) return false
    // Founding members wait for each other.
    for (const node of this.#nodes.values()) if (!node.lost && !node.founded) return false
    const { from, configuration } = this.#committed.configurations.at(-1)!
    this.#asked = this.#asked.filter(({ of }) => of >= from)
    // A configuration takes effect when it is applied. A voter that does not know this one yet would count by
    // another one.
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

// Which disks may be lost without breaking a promise. In every configuration that is in force or may come
// into force, a majority of the voters must keep their disks, and one of them a state to start from. The
// count errs on the safe side.
//
// A voter that has lost its disk counts as lost, whether it is gone for good or comes back on an empty disk,
// until a committed change has taken its new incarnation in. Then all that was acknowledged is on a majority
// without the old one: that majority has agreed to the removal, after everything before it. The new
// incarnation is a learner at first. It counts from the moment when it may be made a voter, which no look at
// the committed log can tell exactly: so a learner that is to be promoted must keep its disk if the voters
// with it would have no majority.
import type { Configuration, Index, MembershipChange, NodeId } from '@oarlock/core'
import type { TableState } from '@oarlock/runtime'
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
  /**
   * What a runtime was asked for without an outcome, as the change that it makes of a configuration. It may come into
   * force whatever has changed meanwhile.
   */
  open: () => readonly ((configuration: Configuration) => MembershipChange | null)[] = () => []
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
    return this.#mayBeWithout(victim, (configuration) => this.#bears(configuration, victim))
  }

  /** `bears`: whether that configuration can do without the victim. */
  #mayBeWithout(victim: SimNode, bears: (configuration: Configuration) => boolean): boolean {
    if (!victim.up || victim.lost) return false
    // Founding members wait for each other.
    for (const node of this.#nodes.values()) if (!isLost(node) && !node.founded) return false
    const { from, configuration, table } = this.#committed.configurations.at(-1)!
    this.#asked = this.#asked.filter(({ of }) => of >= from)
    // A configuration takes effect when it is applied. A voter that does not know this one yet would count by
    // another one.
    for (const node of this.#nodes.values())
      if (isVoter(configuration, node.id) && !isLost(node) && node.disk.durableCommit < from) return false
    return (
      bears(configuration) &&
      bears(this.#withLostLearners(configuration, table, victim)) &&
      bears(afterRequest(configuration, table)) &&
      this.#asked.every((asked) => bears(asked.configuration)) &&
      this.open().every((changeOf) => {
        const change = changeOf(configuration)
        const next = change === null ? null : expectedConfiguration(configuration, change)
        return next === null || bears(next)
      })
    )
  }

  /** Whether the other voters have a state now, if this node is switched off. */
  haveStateWithout(victim: SimNode): boolean {
    return this.#hasStateWithout(this.#committed.configurations.at(-1)!.configuration, victim)
  }

  /** Whether this node may lose its state, and keep its log: another voter must be able to send it one. */
  mayLoseState(victim: SimNode): boolean {
    return this.#mayBeWithout(victim, (configuration) => this.#hasStateWithout(configuration, victim))
  }

  /** The leader may be about to promote them. */
  #withLostLearners(configuration: Configuration, table: TableState, victim: SimNode): Configuration {
    const isLostHere = (id: NodeId): boolean => {
      const node = this.#nodes.get(id)
      return node === undefined || node === victim || isLost(node)
    }
    const learners = configuration.learners.filter(
      (id) => table.members.get(id)?.promote === true && isLostHere(id),
    )
    return { ...configuration, voters: [...configuration.voters, ...learners] }
  }

  #bears(configuration: Configuration, victim?: SimNode): boolean {
    return (
      this.#hasStateWithout(configuration, victim) &&
      isQuorum(configuration, (id) => this.#isThere(id, victim) !== null)
    )
  }

  /** One of them has a state, and what is committed as far as the others have cut their logs. */
  #hasStateWithout({ voters }: Configuration, victim?: SimNode): boolean {
    const starts = [...this.#nodes.values()].map((node) => (isLost(node) ? 0 : startOf(node)))
    return voters.some((id) => {
      const node = this.#isThere(id, victim)
      return node?.hasState === true && node.disk.durableCommit >= Math.max(...starts)
    })
  }

  #isThere(id: NodeId, victim: SimNode | undefined): SimNode | null {
    const node = this.#nodes.get(id)
    return node !== undefined && node !== victim && !isLost(node) ? node : null
  }
}

/** The leader may be about to carry the accepted request out. */
function afterRequest(configuration: Configuration, { request }: TableState): Configuration {
  const loses = request?.change.type === 'remove' || request?.change.type === 'demote'
  if (!loses) return configuration
  return { ...configuration, voters: configuration.voters.filter((id) => id !== request.change.id) }
}

const startOf = ({ disk }: SimNode): number => disk.durableLog.start.index

/** Whatever it held and promised as a member is gone. */
const isLost = ({ lost, isNewcomer }: SimNode): boolean => lost || isNewcomer

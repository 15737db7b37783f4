// CONF: each configuration is a legal successor of the one before it, so that their quorums overlap (paper
// §6; thesis §4.3), and every node counts by the configuration that it has applied.
// Kills M3, M5, M7, M9, M19, M23, M25, M27, M29, M31.
import { type Configuration, type Event, index, type NodeId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { describeConfiguration } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

const same = (a: readonly NodeId[], b: readonly NodeId[]): boolean =>
  a.length === b.length && a.every((id) => b.includes(id))

const differing = (a: readonly NodeId[], b: readonly NodeId[]): number =>
  a.filter((id) => !b.includes(id)).length + b.filter((id) => !a.includes(id)).length

/** A change of one voter, a step into a joint configuration, or a step out of it. */
function mayFollow(before: Configuration, after: Configuration): boolean {
  if (before.outgoing.length > 0) return after.outgoing.length === 0 && same(before.voters, after.voters)
  if (after.outgoing.length > 0) return same(before.voters, after.outgoing)
  return after.voters.length > 0 && differing(before.voters, after.voters) <= 1
}

const sameConfiguration = (a: Configuration, b: Configuration): boolean =>
  same(a.voters, b.voters) &&
  same(a.outgoing, b.outgoing) &&
  same(a.learners, b.learners) &&
  same(a.learnersNext, b.learnersNext) &&
  a.autoLeave === b.autoLeave

export class ConfigurationsAgree implements Watcher {
  readonly #committed: CommittedLog
  #checked = 1

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  started(node: SimNode): void {
    this.#compare(node)
  }

  stepped(node: SimNode, event: Event): void {
    if (this.#committed.configurations.length === 1) return
    if (event.type === 'applied' || event.type === 'persisted') this.#compare(node)
  }

  taken(): void {
    const { configurations } = this.#committed
    for (; this.#checked < configurations.length; this.#checked++) {
      const { configuration: before } = configurations[this.#checked - 1]!
      const { configuration: after, from } = configurations[this.#checked]!
      if (!mayFollow(before, after))
        throw new Violation(
          'CONF',
          `${describeConfiguration(after)} is committed at ${from} right after ${describeConfiguration(before)}`,
        )
    }
  }

  #compare({ id, raft }: SimNode): void {
    const { configuration, configurationIndex, applied } = raft.inspect()
    // A node with a new snapshot counts by its configuration before the snapshot is installed.
    const at = index(Math.max(applied, configurationIndex))
    const expected = this.#committed.configurationAt(at)
    if (at > this.#committed.length || !sameConfiguration(configuration, expected))
      throw new Violation(
        'CONF',
        `${id} has applied ${applied} and counts by ${describeConfiguration(configuration)} of ${configurationIndex}, but the log says ${describeConfiguration(expected)}`,
      )
  }
}

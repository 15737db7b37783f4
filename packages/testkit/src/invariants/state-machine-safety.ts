// SMS: if a node has applied an entry at an index, no node ever applies another one there (paper §5.4.3,
// figure 3). Each node applies every index once and in order, except those in a snapshot. At one index all
// states are equal to that of a machine which applies the committed log once and never restarts. This finds a
// state machine whose apply depends on anything but the log, and one whose snapshot holds less than the
// state, or more. MODEL: the same holds for all results.
// Kills L17, M3, S1, S9, K3, K25, K27.
import type { Entry, EntryId } from '@oarlock/core'
import { canonical, difference } from '../machine/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, sameEntry } from '../model/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

export class StateMachineSafety implements Watcher {
  readonly #committed: CommittedLog
  /** Per node: the last index that it applied. */
  readonly #last: number[] = []

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  started(node: SimNode): void {
    this.#last[node.place] = node.machine.index
    this.#compareState(node)
  }

  restored(node: SimNode, { index }: EntryId): void {
    const last = this.#last[node.place]!
    if (index < last)
      throw new Violation('SMS', `${node.id} restores a snapshot of ${index}; it had applied ${last}`)
    this.#last[node.place] = index
    this.#compareState(node)
  }

  applied(node: SimNode, entry: Entry): void {
    const last = this.#last[node.place]!
    if (entry.index !== last + 1)
      throw new Violation('SMS', `${node.id} applies ${place(entry)} right after index ${last}`)
    this.#last[node.place] = entry.index
    const committed = this.#committed.entries[last]
    if (committed === undefined || !sameEntry(committed, entry))
      throw new Violation(
        'SMS',
        `${node.id} applies ${place(entry)}; ${committed === undefined ? 'nothing' : place(committed)} is committed there`,
      )
    this.#compareState(node)
    this.#compareResult(node, last)
  }

  #compareState({ id, machine }: SimNode): void {
    const own = machine.digest()
    const expected = this.#committed.digests[machine.index]
    if (own !== expected)
      throw new Violation(
        'SMS',
        `${id}'s state at ${machine.index} is not what the committed entries make: ${difference(String(own), String(expected))}`,
      )
  }

  #compareResult({ id, machine }: SimNode, at: number): void {
    const expected = this.#committed.results[at]
    if (machine.result === expected) return
    const [own, one] = [canonical(machine.result), canonical(expected)]
    if (own !== one)
      throw new Violation(
        'MODEL',
        `${id} answers the command at ${machine.index} otherwise than another replica does: ${difference(own, one)}`,
      )
  }
}

// ONCE: a command that a client repeats under its session takes effect once, wherever it is applied (thesis
// §6.3), and a write that was not repeated is in the log once. The count is by the clients' intentions, not
// by the table of sessions.
// Kills K1, L17, K5, K13.
import type { Entry, Index } from '@oarlock/core'
import { nameOf, type Workload } from '../clients/index.ts'
import { isCommand, writeOf } from '../machine/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

export class Once implements Watcher {
  readonly #workload: Workload
  readonly #committed: CommittedLog

  constructor(workload: Workload, committed: CommittedLog) {
    this.#workload = workload
    this.#committed = committed
  }

  applied(node: SimNode, entry: Entry): void {
    if (!isCommand(entry)) return
    const operation = this.#workload.writes[writeOf(entry) - 1]?.operation
    if (operation === null || operation === undefined) return
    const { effect } = operation
    const name = nameOf(operation)
    if (!node.machine.repeated && effect === null) operation.effect = entry.index
    else if (!node.machine.repeated && effect !== entry.index)
      throw new Violation(
        'ONCE',
        `${name} takes effect on ${node.id} at ${place(entry)}, but took effect at ${effect} before`,
      )
    else if (node.machine.repeated && (effect === null || effect >= entry.index))
      throw new Violation(
        'ONCE',
        `${node.id} treats ${name} at ${place(entry)} as a repetition, but it took no effect before`,
      )
  }

  ended(): void {
    const found = new Map<number, Index[]>()
    for (const entry of this.#committed.entries) {
      if (!isCommand(entry)) continue
      const id = writeOf(entry)
      const places = found.get(id)
      if (places === undefined) found.set(id, [entry.index])
      else places.push(entry.index)
    }
    for (const [id, places] of found) {
      const write = this.#workload.writes[id - 1]
      if (write !== undefined && !write.duplicated && places.length > 1)
        throw new Violation('ONCE', `write #${id} is in the log at ${places.join(', ')}`)
    }
  }
}

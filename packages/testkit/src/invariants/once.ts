// ONCE: a command that a client repeats under its session takes effect once, wherever it is applied (thesis
// §6.3), and a write that was not repeated is in the log once. The count is by the clients' intentions, not
// by the table of sessions.
// Kills K1, K3, L17, K5, K13, S17, D3, K15, K17, K19, K27, K29.
import type { Entry, Index } from '@oarlock/core'
import type { Workload } from '../clients/index.ts'
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
    const { effect, name } = operation
    const { passed } = node.machine
    if (!passed && effect === null) operation.effect = entry.index
    else if (!passed && effect !== entry.index)
      throw new Violation(
        'ONCE',
        `${name} takes effect on ${node.id} at ${place(entry)}, but took effect at ${effect} before`,
      )
    else if (passed && this.#committed.verdicts[entry.index - 1] === 'effect')
      throw new Violation(
        'ONCE',
        `${node.id} does not apply ${name} at ${place(entry)}, but its session is there, and it took no effect before`,
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
      // The runtime may submit what belongs to a session again.
      if (write?.operation === null && !write.duplicated && places.length > 1)
        throw new Violation('ONCE', `write #${id} is in the log at ${places.join(', ')}`)
    }
  }
}

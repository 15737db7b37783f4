// READY: a leadership begins when the state machine has everything that earlier leaderships committed (thesis
// §6.4: an applied entry of the new leader's own term proves that).
// Kills X15, S25.
import type { Leadership } from '@oarlock/runtime'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'

export class StateBeforeLeadership implements Watcher {
  readonly #committed: CommittedLog

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  began({ id, machine }: SimNode, { fence }: Leadership): void {
    const next = this.#committed.entries[machine.index]
    if (next !== undefined && next.term < fence)
      throw new Violation(
        'READY',
        `the leadership of ${id} with fence ${fence} begins when ${machine.index} is applied, but ${next.index}@${next.term} was committed before it`,
      )
  }
}

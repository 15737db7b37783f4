// READ: a read sees at least everything that was committed anywhere when its node was asked, even if no
// client knew of it (thesis §6.4). Only a leader can know how much that is. It reports sooner what LIN
// reports when clients have seen it.
// Kills R1, R5, R7, R19, R25.
import type { Event, ReadOutcome, RequestId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'

export class ReadsSeeWhatIsCommitted implements Watcher {
  readonly #committed: CommittedLog
  /** How much was committed when a node took in a read. */
  readonly #asked: Map<RequestId, number> = new Map()

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  stepped(_node: SimNode, event: Event): void {
    if (event.type === 'read') this.#asked.set(event.request, this.#committed.length)
  }

  readable({ id }: SimNode, { request, index }: ReadOutcome): void {
    const committed = this.#asked.get(request)
    if (committed === undefined || index === null || index >= committed) return
    throw new Violation(
      'READ',
      `${id} may serve read #${request} at ${index}, but ${committed} was committed when it was asked`,
    )
  }
}

// READ: a read sees at least what was committed anywhere when its node was asked, whether or not any client had been told
// of it (thesis §6.4): only who leads, or leads by a lease, can know how much that is. It says sooner what LIN says when
// clients have seen it.
// Kills R1, R5.
import type { Event, ReadOutcome, RequestId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'

export class ReadsSeeWhatIsCommitted implements Watcher {
  readonly #committed: CommittedLog
  /** What was committed when a node took in a read. */
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
      `${id} may serve read #${request} at ${index}; when it was asked ${committed} was committed`,
    )
  }
}

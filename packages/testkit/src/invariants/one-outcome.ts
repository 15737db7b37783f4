// OUTCOME: whoever proposes or reads is told once what becomes of it, and never two things; at the end nothing is left open
// but what was passed on to another member, which may be lost on the way, there or back, and what a snapshot went over
// (thesis §6.2: clients are told, or time out).
// Kills R13. It fires as well where an outcome is told twice, and where a request is forgotten on stepping down or during a transfer.
import type { Envelope, Event, ProposalOutcome, ReadOutcome } from '@oarlock/core'
import type { Reads, Workload } from '../clients/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class OneOutcome implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #workload: Workload
  readonly #reads: Reads
  readonly #answered: Set<number> = new Set()
  /** Requests that a core has taken in: others may wait for their node's next turn. */
  readonly #entered: Set<number> = new Set()
  readonly #readsEntered: Set<number> = new Set()
  /** Requests that left their node. */
  readonly #forwarded: Set<number> = new Set()
  readonly #readsForwarded: Set<number> = new Set()
  readonly #readsAnswered: Set<number> = new Set()

  constructor(nodes: readonly SimNode[], workload: Workload, reads: Reads) {
    this.#nodes = nodes
    this.#workload = workload
    this.#reads = reads
  }

  stepped(_node: SimNode, event: Event): void {
    if (event.type === 'propose' && event.request !== null) this.#entered.add(event.request)
    else if (event.type === 'read') this.#readsEntered.add(event.request)
  }

  leaving(_node: SimNode, { message }: Envelope): void {
    if (message.type === 'propose' && message.request !== null) this.#forwarded.add(message.request)
    else if (message.type === 'readIndex') this.#readsForwarded.add(message.request)
  }

  answered({ id }: SimNode, { request, at, reason }: ProposalOutcome): void {
    if ((at === null) === (reason === null))
      throw new Violation('OUTCOME', `${id} says of request #${request} neither where it is nor why not`)
    if (!this.#answered.has(request)) {
      this.#answered.add(request)
      return
    }
    // The network copied the request, or the answer.
    if (!this.#forwarded.has(request))
      throw new Violation('OUTCOME', `${id} says twice what has become of request #${request}`)
  }

  readable({ id }: SimNode, { request }: ReadOutcome): void {
    if (!this.#readsAnswered.has(request)) {
      this.#readsAnswered.add(request)
      return
    }
    if (!this.#readsForwarded.has(request))
      throw new Violation('OUTCOME', `${id} says twice when read #${request} may be served`)
  }

  ended(): void {
    for (const write of this.#workload.writes) {
      const { id, node, incarnation, at, count } = write
      if (node.incarnation !== incarnation || !node.up) continue
      if (write.acknowledged || write.refused || write.lost || write.passed) continue
      // Lost at the end of a log, and nothing has taken its place yet; or on a node that was removed, and is told nothing any more.
      if (at !== null && at.index + count - 1 > node.machine.index) continue
      if (at !== null)
        throw new Violation(
          'OUTCOME',
          `write #${id} is at ${at.index}@${at.term}, and ${node.id} has never told its proposer that it is applied`,
        )
      if (this.#entered.has(id) && !this.#forwarded.has(id))
        throw new Violation('OUTCOME', `${node.id} has forgotten write #${id}, which it did not pass on`)
    }
    for (const node of this.#nodes)
      for (const { id, index } of node.up ? this.#reads.waiting(node) : [])
        if (
          (index !== null && index <= node.machine.index) ||
          (this.#readsEntered.has(id) && !this.#readsForwarded.has(id))
        )
          throw new Violation('OUTCOME', `${node.id} has forgotten read #${id}`)
  }
}

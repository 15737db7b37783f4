// OUTCOME: a core reports the outcome of each proposal and each read once. At the end no request is open, except
// one that was passed on to another member, which may be lost on the way there or back, one whose place is in a
// snapshot, and a read of the last moment (thesis §6.2: clients are told, or time out). The runtime reports the
// outcome of each proposal and each read in time.
// Kills R13. It also fires where an outcome is reported twice, and where a request is forgotten on stepping
// down or during a transfer.
import type { Envelope, Event, Millis, ProposalOutcome, ReadOutcome, RequestId } from '@oarlock/core'
import type { Reads, Workload } from '../clients/index.ts'
import type { NodeProfile, SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

interface Taken {
  readonly node: SimNode
  readonly life: number
}

export class OneOutcome implements Watcher {
  readonly #workload: Workload
  readonly #reads: Reads
  /** The runtime reports the outcome of a request within this many ms of its node's clock. */
  readonly #patience: number
  readonly #answered: Set<number> = new Set()
  /** Proposals that a core has taken in and has not reported on. */
  readonly #open: Map<RequestId, Taken> = new Map()
  /** The same, of reads. `since`: by the clock of the node. */
  readonly #openReads: Map<RequestId, Taken & { readonly since: Millis }> = new Map()
  /** Requests that were passed on. */
  readonly #forwarded: Set<number> = new Set()
  readonly #readsForwarded: Set<number> = new Set()
  readonly #readsAnswered: Set<number> = new Set()

  constructor(workload: Workload, reads: Reads, { proposeTimeout, timerLag, turnLength }: NodeProfile) {
    this.#workload = workload
    this.#reads = reads
    this.#patience = 2 * proposeTimeout + 20 * (timerLag + turnLength)
  }

  stepped(node: SimNode, event: Event): void {
    if (event.type === 'propose' && event.request !== null) {
      if (!this.#answered.has(event.request)) this.#open.set(event.request, { node, life: node.life })
    } else if (event.type === 'read' && !this.#readsAnswered.has(event.request))
      this.#openReads.set(event.request, { node, life: node.life, since: node.loop.now() })
  }

  leaving(_node: SimNode, { message }: Envelope): void {
    if (message.type === 'propose' && message.request !== null) this.#forwarded.add(message.request)
    else if (message.type === 'readIndex') this.#readsForwarded.add(message.request)
  }

  answered({ id }: SimNode, { request, at, reason }: ProposalOutcome): void {
    if ((at === null) === (reason === null))
      throw new Violation('OUTCOME', `${id} reports neither a place nor a reason for request #${request}`)
    this.#open.delete(request)
    if (!this.#answered.has(request)) {
      this.#answered.add(request)
      return
    }
    // The network copied the request, or the answer.
    if (!this.#forwarded.has(request))
      throw new Violation('OUTCOME', `${id} reports the outcome of request #${request} twice`)
  }

  readable({ id }: SimNode, { request }: ReadOutcome): void {
    this.#openReads.delete(request)
    if (!this.#readsAnswered.has(request)) {
      this.#readsAnswered.add(request)
      return
    }
    if (!this.#readsForwarded.has(request))
      throw new Violation('OUTCOME', `${id} reports twice when read #${request} may be served`)
  }

  ended(): void {
    for (const [request, { node, life }] of this.#open)
      if (node.up && node.life === life && !this.#forwarded.has(request))
        throw new Violation('OUTCOME', `${node.id} has forgotten request #${request} and did not pass it on`)
    for (const { id, node, life, outcome, since } of this.#workload.writes)
      if (
        outcome === 'pending' &&
        since !== null &&
        node.up &&
        node.life === life &&
        node.loop.now() - since > this.#patience
      )
        throw new Violation('OUTCOME', `${node.id} has never reported the outcome of write #${id}`)
    // The runtime may have asked anew when the leader changed, right before the end.
    for (const [request, { node, life, since }] of this.#openReads)
      if (
        node.up &&
        node.life === life &&
        !this.#readsForwarded.has(request) &&
        node.loop.now() - since > this.#patience
      )
        throw new Violation('OUTCOME', `${node.id} has forgotten read #${request}`)
    for (const { what, node, life, since } of this.#reads.pending)
      if (since !== null && node.up && node.life === life && node.loop.now() - since > this.#patience)
        throw new Violation('OUTCOME', `${what} was neither served nor refused`)
  }
}

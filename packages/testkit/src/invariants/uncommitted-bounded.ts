// BOUND: the commands that a leader appends ahead of what is applied stay within `maxUncommittedBytes`
// (config.ts), except for one proposal, and the leader refuses a proposal for this reason only if so much
// really is there. A wrong account ends in a leader that refuses everything. (As in etcd/raft, a new leader
// does not count what it finds in its log, but applying that makes room: so much more may be there.) Kills
// F1.
import type { Effects, Event, Payload, RequestId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

const bytesOf = (entries: readonly Payload[]): number =>
  entries.reduce((sum, { data }) => sum + data.length, 0)

interface Leading {
  readonly term: number
  readonly life: number
  /** Bytes of earlier terms that were not applied when it began to lead. */
  readonly found: number
  /** At the last check. */
  applied: number
}

export class UncommittedBounded implements Watcher {
  readonly #most: number
  /** By request: the last leader that was asked, and for how many bytes. */
  readonly #proposed: Map<RequestId, { readonly place: number; readonly bytes: number }> = new Map()
  #largest = 0
  readonly #leading: (Leading | undefined)[] = []

  constructor(maxUncommittedBytes: number) {
    this.#most = maxUncommittedBytes
  }

  stepped({ raft, place }: SimNode, event: Event): void {
    if (raft.role !== 'leader') return
    const proposal =
      event.type === 'propose'
        ? event
        : event.type === 'receive' && event.message.type === 'propose'
          ? event.message
          : null
    if (proposal === null || proposal.request === null) return
    const bytes = bytesOf(proposal.entries)
    this.#proposed.set(proposal.request, { place, bytes })
    this.#largest = Math.max(this.#largest, bytes)
  }

  taken(node: SimNode, { proposals, send }: Effects): void {
    const { raft, place, life } = node
    if (raft.role !== 'leader') {
      this.#leading[place] = undefined
      return
    }
    let leading = this.#leading[place]
    if (leading === undefined || leading.term !== raft.term || leading.life !== life) {
      const found = this.#unapplied(node, raft.applied) - this.#unapplied(node, raft.termStart - 1)
      leading = { term: raft.term, life, found, applied: raft.applied }
      this.#leading[place] = leading
    }
    // It may have applied more in this turn after the refusal.
    const most = this.#unapplied(node, leading.applied)
    for (const { request, reason } of proposals)
      if (reason === 'too-many-uncommitted') this.#refused(node, request, most)
    for (const { message } of send)
      if (message.type === 'proposeResponse' && message.reason === 'too-many-uncommitted')
        this.#refused(node, message.request, most)
    const own = this.#unapplied(node, Math.max(raft.applied, raft.termStart - 1), 'normal')
    if (own > this.#most + this.#largest + leading.found)
      throw new Violation(
        'BOUND',
        `${node.id} has appended ${own} bytes of commands ahead of what is applied; the limit is ${this.#most} and one proposal`,
      )
    leading.applied = raft.applied
  }

  #unapplied({ log }: SimNode, applied: number, only?: Payload['type']): number {
    let bytes = 0
    for (let at = applied + 1; at <= log.lastIndex; at++) {
      const entry = log.at(at)
      if (entry !== undefined && (only ?? entry.type) === entry.type) bytes += entry.data.length
    }
    return bytes
  }

  #refused(node: SimNode, request: RequestId, there: number): void {
    const proposed = this.#proposed.get(request)
    // The refusal of another leader, passed on here.
    if (proposed?.place !== node.place) return
    const { bytes } = proposed
    if (there > 0 && there + bytes > this.#most) return
    throw new Violation(
      'BOUND',
      `${node.id} refuses ${bytes} bytes because too much is uncommitted, but that is ${there} bytes of ${this.#most}`,
    )
  }
}

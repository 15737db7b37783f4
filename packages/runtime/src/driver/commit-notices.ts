// The leader tells its followers by an empty append that an entry is committed. Under load an append with
// entries follows within a turn, and carries the same commit index. So such a notice is held back for one
// turn, and dropped if an append to the same member replaces it.
import type { Envelope, NodeId } from '@oarlock/core'

const isNotice = ({ message }: Envelope): boolean => message.type === 'append' && message.entries.length === 0

const none: readonly Envelope[] = []

export class CommitNotices {
  #held: Map<NodeId, Envelope> = new Map()
  #due: Map<NodeId, Envelope> = new Map()

  get any(): boolean {
    return this.#held.size > 0 || this.#due.size > 0
  }

  /** Returns the envelopes to send now. An append replaces the notice that is held back for its member. */
  holdBack(envelopes: readonly Envelope[]): readonly Envelope[] {
    if (!envelopes.some(({ message }) => message.type === 'append')) return envelopes
    const now: Envelope[] = []
    for (const envelope of envelopes) {
      if (envelope.message.type === 'append') {
        this.#held.delete(envelope.to)
        this.#due.delete(envelope.to)
      }
      if (isNotice(envelope)) this.#held.set(envelope.to, envelope)
      else now.push(envelope)
    }
    return now
  }

  /** Ends a turn. Returns the notices that were held back for a whole turn, to be sent now. */
  endTurn(): readonly Envelope[] {
    if (!this.any) return none
    const due = [...this.#due.values()]
    this.#due = this.#held
    this.#held = new Map()
    return due
  }
}
